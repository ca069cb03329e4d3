/** @module assets: what ships beside the code: templates, packed SDKs, schemas. In the clone they are read where they are. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** `scripts/build-cli.ts` puts them beside the compiled code. */
const isBuilt = existsSync(here('./templates'))

export const templatesFolder = isBuilt ? here('./templates') : here('../../../templates')
export const schemasFolder = isBuilt ? here('./wit') : here('../../../wit')
/** Undefined in the clone: there an SDK is packed when it is asked for. */
export const packedSdksFolder = isBuilt ? here('./sdks') : undefined
export const sdkSources = here('../../../sdks')
