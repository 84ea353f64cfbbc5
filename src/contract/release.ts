/** Of `package.json` (a test compares them): workflow code can read no file. */
export const release = '0.2.0'
