/** @module playground/page: what the page of a piece holds for it: everything else is fetched when it is tried. */
import { type Html, html } from '@ap-wasm/executor/forms'

export interface Tryable {
  /** Of the exact version, on this origin. */
  artifactHref: string
  /** `sha256:` and hexadecimal. */
  digest: string
  bytes: number
  playgroundUrl: string
  /** Of `host`, on this origin. */
  scriptHref: string
}

const MiB = 1024 ** 2

/** Added to the policy of a page that holds it. */
export const framePolicy = (playgroundUrl: string): string => `frame-src ${new URL(playgroundUrl).origin}`

export function playground({ artifactHref, digest, bytes, playgroundUrl, scriptHref }: Tryable): Html {
  const integrity = `sha256-${Buffer.from(digest.replace(/^sha256:/, ''), 'hex').toString('base64')}`
  return html`<section id="playground" class="playground" aria-label="Playground" data-frame="${new URL(playgroundUrl).origin}" data-artifact="${artifactHref}" data-integrity="${integrity}" data-bytes="${bytes}">
<p class="soft">The very component runs in your browser, metered and limited as it would be in an executor. What you type stays in this page.</p>
<details class="through"><summary>Let your own executor run it</summary><form class="row"><label for="executor">Its address</label><input type="url" id="executor" name="executor" placeholder="http://127.0.0.1:7780" autocomplete="off"><button class="quiet" type="submit">Use it</button></form>
<p class="hint">Then its requests are real. The executor has to name <code>${new URL(playgroundUrl).origin}</code> in <code>AP_WASM_ALLOW_ORIGINS</code>. Leave it empty to come back here.</p></details>
<p><button type="button" data-start hidden>Fetch it (${(bytes / MiB).toFixed(1)} MiB) and run it here</button> <span role="status" class="soft"></span></p>
<noscript><p>A component runs in a browser with JavaScript alone. Without it: the command line runs this piece on your machine.</p></noscript>
<div class="frame"></div></section>
<script type="module" src="${scriptHref}"></script>`
}
