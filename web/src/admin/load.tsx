// Asking the server for what a page shows, and saying how that went.
import type { ComponentChildren } from 'preact'
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { ServerError, ask } from '../shared/api'
import { t } from '../shared/i18n'

// ended is sent when the session is over: the page then shows the login.
export const ended = 'mango.ended'

export function sentence(e: unknown): string {
  if (!(e instanceof ServerError)) return String((e as Error)?.message ?? e)
  if (e.status === 401) dispatchEvent(new Event(ended))
  return e.status === 0 ? t('a.noAnswer') : e.message
}

export interface Loaded<T> {
  data: T | null
  error: string
  busy: boolean
  reload: () => Promise<void>
  set: (next: T | ((now: T | null) => T | null)) => void
}

// useLoad asks for a path and asks again when it changes. An older answer never
// replaces a newer one.
export function useLoad<T>(path: string): Loaded<T> {
  const [data, set] = useState<T | null>(null)
  const [error, setError] = useState('')
  const [busy, setBusy] = useState(true)
  const asked = useRef(0)
  const reload = useCallback(async () => {
    const mine = ++asked.current
    setBusy(true)
    try {
      const body = await ask<{ data: T }>(path)
      if (mine !== asked.current) return
      set(body.data ?? (body as unknown as T))
      setError('')
    } catch (e) {
      if (mine === asked.current) setError(sentence(e))
    }
    if (mine === asked.current) setBusy(false)
  }, [path])
  useEffect(() => {
    void reload()
    return () => void asked.current++
  }, [reload])
  return { data, error, busy, reload, set }
}

export function Fault({ text }: { text: string }) {
  return text ? <p class="note bad" role="alert">{text}</p> : null
}

// Shown draws a page once its data is there.
export function Shown<T>({ of, children }: { of: Loaded<T>; children: (data: T) => ComponentChildren }) {
  return (
    <>
      <Fault text={of.error} />
      {of.data ? children(of.data) : !of.error && <p role="status" class="soft">{t('a.loading')}</p>}
    </>
  )
}

export function Pages({ page, total, size, go }: { page: number; total: number; size: number; go: (page: number) => void }) {
  const last = Math.max(1, Math.ceil(total / size))
  if (last === 1) return null
  return (
    <nav class="row pages" aria-label={t('a.pages')}>
      <button class="button" disabled={page <= 1} onClick={() => go(page - 1)}>{t('a.previous')}</button>
      <span>{t('a.pageOf', { page, last })}</span>
      <button class="button" disabled={page >= last} onClick={() => go(page + 1)}>{t('a.next')}</button>
    </nav>
  )
}

// useTyped is a value that follows another after a pause, for searches.
export function useTyped<T>(value: T, wait = 300): T {
  const [late, set] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => set(value), wait)
    return () => clearTimeout(timer)
  }, [value, wait])
  return late
}
