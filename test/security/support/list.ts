/** The words of a text: a list of attacks without a line for each. Only blanks and line ends part them. */
export function list(text: string): readonly string[] {
  return text.split(/[ \n]+/).filter((word) => word !== '')
}
