/** @module c: a folder of sources that the command line carries: there is no registry for C. */

import { join } from 'node:path'
import { packedSdksFolder, sdkSources } from '../assets.ts'
import type { Sdk } from './index.ts'

export const c: Sdk = {
  packed: async () => join(packedSdksFolder ?? sdkSources, 'c'),
  isPublished: async () => false,
  // The build looks there by itself.
  depend: async () => {},
}
