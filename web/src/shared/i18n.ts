// Words in the user's language. A language is one file in src/languages; a word
// that it lacks comes in English.
import { languages } from 'virtual:languages'

export { languages }

const chosen = 'mango.language'
let words: Record<string, string> = {}
let code = 'en'

export const language = () => code

function preferred(): string {
  const known = languages.map((l) => l.code)
  const asked = [localStorage.getItem(chosen) ?? '', ...navigator.languages.map((l) => (/^tl\b/i.test(l) ? 'fil' : l.split('-')[0] ?? ''))]
  return asked.find((l) => known.includes(l)) ?? 'en'
}

// loadLanguage fetches the words of a language, the user's own by default.
export async function loadLanguage(want = preferred()): Promise<void> {
  const found = languages.find((l) => l.code === want) ?? languages.find((l) => l.code === 'en')!
  const loaded = (await found.load()).default
  const english = found.code === 'en' ? loaded : (await languages.find((l) => l.code === 'en')!.load()).default
  words = { ...english, ...loaded }
  code = found.code
  document.documentElement.lang = code
}

// addWords adds what one page alone needs, in English and in the user's own
// language.
export function addWords(english: Record<string, string>, own: Record<string, string>): void {
  words = { ...words, ...english, ...own }
}

export async function chooseLanguage(want: string): Promise<void> {
  await loadLanguage(want)
  localStorage.setItem(chosen, want)
}

// t is a text with its {names} filled in. A text may have a form for one:
// "queue.one" beside "queue".
export function t(key: string, values: Record<string, string | number> = {}): string {
  const text = (values.n === 1 ? words[key + '.one'] : undefined) ?? words[key] ?? key
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))
}

export const date = (at: string | number | Date, style: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'short', year: 'numeric' }) =>
  new Intl.DateTimeFormat(code, style).format(new Date(at))

export const percent = (fraction: number) => new Intl.NumberFormat(code, { style: 'percent', maximumFractionDigits: 0 }).format(fraction)
