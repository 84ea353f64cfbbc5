/** `crn:v1:bluemix:public:messagehub:<region>:a/<account>:<instance>::`; the configuration has checked its form. */
export function partsOf(crn: string): { region: string; account: string; guid: string } {
  const [, , , , , region = '', scope = '', guid = ''] = crn.split(':')
  return { region, account: scope.replace(/^a\//, ''), guid }
}
