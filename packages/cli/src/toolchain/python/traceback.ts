/** @module traceback: what the build's Python said of the author's modules, without the frames of the build itself. */

export interface Mounts {
  entry: string
  own: string
  sdk: string
  packages: string
}

const FRAME = /^ {2}File "([^"]+)", line \d+/

/** As the author knows the files: `src/main.py`, `site-packages/…`; undefined: a frame that is no business of theirs. */
function shown(file: string, { entry, own, sdk, packages }: Mounts): string | undefined {
  if (file.startsWith(`${own}/`)) return `src${file.slice(own.length)}`
  if (file.startsWith(`${packages}/`)) return `site-packages${file.slice(packages.length)}`
  const isBuild = file.startsWith(`${entry}/`) || file.startsWith(`${sdk}/`) || file.startsWith('<frozen importlib')
  return isBuild || file.startsWith('/python/importlib/') ? undefined : file
}

/** Tracebacks that the interpreter told; where the tool printed one, its own words around it are left out. */
export function readableTraceback(said: string, mounts: Mounts): string {
  const found =
    /^(?:AssertionError: )?(Traceback \(most recent call last\):\n(?: {2}.*\n)* {2}File "\/0\/ap_entry[\s\S]*)$/m.exec(
      said,
    )
  const text = (found?.[1] ?? said).replace(/\n+Caused by:[\s\S]*$/, '').trimEnd()
  const lines: string[] = []
  let hidden = false
  for (const line of text.split('\n')) {
    const file = FRAME.exec(line)?.[1]
    if (file !== undefined) {
      const name = shown(file, mounts)
      hidden = name === undefined
      if (!hidden) lines.push(line.replace(file, name!))
    } else if (!hidden || !line.startsWith('    ')) {
      hidden = false
      lines.push(line)
    }
  }
  return lines.join('\n')
}
