// What the server advises of each disease, in the user's language; the last
// that was read stays for when there is no network.
import { useEffect, useState } from 'preact/hooks'
import { ask } from '../shared/api'
import { kept, type Kind } from '../shared/database'
import { language } from '../shared/i18n'

export interface Statement { text: string; sources: string[] }
export interface Disease { disease: string; name: string; drawings?: { part: Kind; text: string }[]; sections: { section: string; statements: Statement[] }[] }
export interface Source { key: string; title: string; publisher: string; address?: string }
export interface Advice {
  language: string
  note: Statement
  sections: { section: string; title: string }[]
  diseases: Disease[]
  sources: Source[]
}

const read = new Map<string, Advice>()

async function load(code: string): Promise<Advice | null> {
  const key = 'advice:' + code
  try {
    const { data } = await ask<{ data: Advice }>('/api/advice/?language=' + encodeURIComponent(code))
    read.set(code, data)
    await kept.put(key, data)
    return data
  } catch {
    return read.get(code) ?? (await kept.get<Advice>(key)) ?? null
  }
}

// useAdvice is null until it is there, and where it cannot be had.
export function useAdvice(): Advice | null {
  const code = language()
  const [advice, set] = useState<Advice | null>(read.get(code) ?? null)
  useEffect(() => {
    let here = true
    void load(code).then((a) => here && set(a))
    return () => { here = false }
  }, [code])
  return advice
}

export const preload = () => load(language())

export const adviceOf = (a: Advice | null, disease: string) => a?.diseases.find((d) => d.disease === disease)

export const nameOf = (a: Advice | null, disease: string) => adviceOf(a, disease)?.name ?? disease
