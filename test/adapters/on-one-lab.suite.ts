import { describe } from 'vitest'
import { shareLab } from '../lab/shared-lab.ts'
import { onOneLab } from './on-one-lab.files.ts'

shareLab()
for (const name of onOneLab) describe(name, async () => void (await import(`./${name}.test.ts`)))
