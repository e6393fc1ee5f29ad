/** A command as it would be typed into a shell: words are quoted where the shell would change them. */
export function commandText(command: readonly string[]): string {
  const words = command[0] === "coaudit" ? command : ["coaudit", ...command];
  return words.map(shellWord).join(" ");
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
