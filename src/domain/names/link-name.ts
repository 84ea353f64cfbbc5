export function linkName(link: { from: string; to: string }): string {
  return `${link.from}->${link.to}`
}
