/** What every pair of the region has. */
export const TOPIC = 'accounting.invoices'
export const PARTITIONS = 3
export const RECORDS = 100
export const GROUP = 'billing'
