// What the pages ask of the server. The session is in a cookie that no script
// sees; whatever changes something says by a header that a page asks.

export class ServerError extends Error {
  constructor(
    readonly status: number, // 0: no answer at all
    readonly code: string,
    message: string,
    readonly errors: string[] = [],
    readonly retryAfter = 0, // seconds
  ) {
    super(message)
  }
}

export interface User {
  id: number
  email: string
  firstName: string
  lastName: string
  full_name: string
  username: string
  is_superuser: boolean
}

interface Asked {
  method?: string
  json?: unknown
  form?: FormData
  headers?: Record<string, string>
  signal?: AbortSignal
}

// ask answers with the body of a good answer, and throws a ServerError for any
// other, no answer included.
export async function ask<T>(path: string, { method = 'GET', json, form, headers = {}, signal }: Asked = {}): Promise<T> {
  const sent: Record<string, string> = { Accept: 'application/json', 'X-Mango-Page': '1', ...headers }
  if (json !== undefined) sent['Content-Type'] = 'application/json'
  let answer: Response
  let body: any
  try {
    answer = await fetch(path, {
      method,
      headers: sent,
      body: form ?? (json === undefined ? undefined : JSON.stringify(json)),
      credentials: 'same-origin',
      signal,
    })
    body = answer.status === 204 ? {} : await answer.json()
  } catch (e) {
    if (signal?.aborted) throw e
    throw new ServerError(0, 'NO_ANSWER', 'The server did not answer.')
  }
  if (!answer.ok) {
    throw new ServerError(answer.status, body.error_code ?? '', body.message ?? answer.statusText, body.errors ?? [], Number(answer.headers.get('Retry-After')) || 0)
  }
  return body as T
}

export const whoami = () => ask<{ data: { user: User | null } }>('/api/session/').then((r) => r.data.user)

export const logIn = (who: { email?: string; username?: string; password: string }) =>
  ask<{ data: { user: User } }>('/api/session/', { method: 'POST', json: who }).then((r) => r.data.user)

export const logOut = () => ask('/api/session/', { method: 'DELETE' })

// ownPath is a signed photo's address on this server, whatever name a proxy
// gave it.
export function ownPath(url: string | null): string | null {
  if (!url) return null
  try {
    const u = new URL(url, location.href)
    return u.pathname + u.search
  } catch {
    return null
  }
}
