import { existsSync } from 'node:fs'

/** playwright-core brings no browser; Debian's is used. */
export const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
)
export const INSTALL_CHROMIUM = 'apt-get install chromium'
