import { defaults } from './defaults.ts'
import type { Ground } from './ground.ts'

/** An authorizer that admits everybody to what has no ACL, and no ACL at all: as Amazon MSK and many first clusters are. */
export const open: Ground = {
  ...defaults,
  name: 'open',
  what: 'as defaults, with allow.everyone.if.no.acl.found=true, no ACLs, and nobody but the broker a super user',
  grants: () => [],
  broker: { ...defaults.broker, 'allow.everyone.if.no.acl.found': 'true' },
}
