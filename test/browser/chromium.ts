import { existsSync } from 'node:fs'

/** playwright-core brings no browser; Debian's is used. */
export const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
)
export const INSTALL_CHROMIUM = 'apt-get install chromium'
/** Where toolchains are required, a missing one fails the suite instead of skipping it. */
export const NO_BROWSER = CHROMIUM === undefined && process.env.AP_WASM_TOOLCHAINS !== 'required'
