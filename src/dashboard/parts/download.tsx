/** Something that this page holds, as a file. */
import { useEffect, useState } from "preact/hooks";

interface DownloadProps {
  readonly name: string;
  readonly content: string | Uint8Array<ArrayBuffer>;
  readonly children: string;
  /** For whoever hears the page, where `children` alone does not say of what. */
  readonly label?: string;
}

export function Download({ name, content, children, label }: DownloadProps) {
  const [url, setUrl] = useState("");
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([content]));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [content]);
  return (
    <a href={url} download={name} aria-label={label}>
      {children}
    </a>
  );
}

export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
