import { packageOn } from './package.ts'
import { twoTopics } from './product.ts'
import { useProduct } from './use-product.ts'
packageOn(useProduct({ ...twoTopics, startApplicationsOn: 'A' }))
