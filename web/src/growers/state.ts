// What all screens share: who is logged in, where the user is, what waits.
import { useEffect, useState } from 'preact/hooks'
import { ServerError, whoami, type User } from '../shared/api'
import { kept, onChange, waiting, type Waiting } from '../shared/database'
import { retry, send } from '../shared/outbox'

type Listener = () => void
const listeners = new Set<Listener>()

export const state = {
  user: null as User | null,
  online: navigator.onLine,
  waiting: [] as Waiting[],
  route: location.hash.slice(1) || '/',
  update: null as ServiceWorker | null, // a new version that waits
  language: '',
}

export function set(change: Partial<typeof state>): void {
  Object.assign(state, change)
  listeners.forEach((l) => l())
}

// useShared draws a screen again whenever something here changes.
export function useShared(): typeof state {
  const [, again] = useState(0)
  useEffect(() => {
    const l = () => again((n) => n + 1)
    listeners.add(l)
    return () => void listeners.delete(l)
  }, [])
  return state
}

export const go = (path: string) => {
  location.hash = path
}

export const refresh = async () => set({ waiting: await waiting.all() })

// who asks the server who is logged in; without an answer it is whoever it was.
export async function who(): Promise<void> {
  try {
    const user = await whoami()
    await kept.put('user', user)
    set({ user, online: true })
  } catch (e) {
    set({ user: (await kept.get<User>('user')) ?? null, online: e instanceof ServerError && e.status > 0 })
  }
}

export async function remember(user: User | null): Promise<void> {
  await kept.put('user', user)
  set({ user })
}

// begin starts what goes on for as long as the page is open.
export function begin(): void {
  const follow = () => set({ route: location.hash.slice(1) || '/' })
  addEventListener('hashchange', follow)
  follow() // it may have changed while the words were on their way
  addEventListener('online', () => {
    set({ online: true })
    void retry()
  })
  addEventListener('offline', () => set({ online: false }))
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void send()
  })
  onChange(() => void refresh())
  // Some phones never say that the network is back.
  setInterval(() => {
    if (state.waiting.length && document.visibilityState === 'visible') void send()
  }, 3000)
}
