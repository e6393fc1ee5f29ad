/** Buttons that copy what a text area holds. */

for (const button of document.querySelectorAll("button[data-copies]")) {
  button.addEventListener("click", async () => {
    const area = document.getElementById(button.getAttribute("data-copies") ?? "");
    if (!(area instanceof HTMLTextAreaElement)) return;
    area.select();
    try {
      await navigator.clipboard.writeText(area.value);
    } catch {
      // A file opened from disk may not be allowed to; what is selected can still be copied the old way.
      document.execCommand("copy");
    }
    const before = button.textContent;
    button.textContent = "Copied";
    setTimeout(() => {
      button.textContent = before;
    }, 1500);
  });
}
