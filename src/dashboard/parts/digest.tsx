/** A digest: enough of it to compare by eye, and all of it for whoever copies it or hears the page. */

export function Digest({ hex }: { readonly hex: string }) {
  return (
    <code class="digest" title={hex}>
      {hex.slice(0, 12)}…
    </code>
  );
}
