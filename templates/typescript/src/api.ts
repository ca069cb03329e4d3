import { ensureOk } from '@ap-wasm/piece'

export interface Post {
  userId: number
  id: number
  title: string
  body: string
}

export interface User {
  id: number
  name: string
}

const BASE = 'https://jsonplaceholder.typicode.com'

/** Gets JSON. An answer other than a success is a failure of the call: unauthorized, not_found, rate_limited … */
export async function get<T>(path: string, token: string): Promise<T> {
  const response = await fetch(BASE + path, {
    headers: { accept: 'application/json', authorization: `Bearer ${token}` },
  })
  return (await ensureOk(response)).json() as Promise<T>
}
