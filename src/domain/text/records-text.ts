/** "12 records", "1 record"; of what nobody counted: "an unknown number of records". */
export function recordsText(records: number | null): string {
  if (records === null) return 'an unknown number of records'
  return `${records} record${records === 1 ? '' : 's'}`
}
