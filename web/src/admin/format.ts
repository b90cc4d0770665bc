import { date, language } from '../shared/i18n'

export const count = (n: number) => new Intl.NumberFormat(language()).format(n)

export function bytes(n: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  let i = 0
  for (; Math.abs(n) >= 1000 && i < units.length - 1; i++) n /= 1024
  return new Intl.NumberFormat(language(), { maximumFractionDigits: n < 10 && i > 0 ? 1 : 0 }).format(n) + ' ' + units[i]
}

export function seconds(s: number): string {
  if (s <= 0) return '–'
  return s < 1 ? `${Math.round(s * 1000)} ms` : new Intl.NumberFormat(language(), { maximumFractionDigits: 1 }).format(s) + ' s'
}

export const moment = (at: string) =>
  at ? date(at, { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' }) : '–'

// share is a percentage with one digit: confidence is read closely here.
export const share = (fraction: number) =>
  new Intl.NumberFormat(language(), { style: 'percent', maximumFractionDigits: 1 }).format(fraction)

// A colour for each class, the same on every chart: sound is green, no class is
// grey. All are told apart on white by contrast 3:1 and more, and no chart is
// without names or a table.
const colours = ['#9c2410', '#0b57d0', '#b06000', '#6d2a8f', '#00696b', '#8f1f5c', '#7a4a00', '#4a4a9c', '#a33c00', '#2f5573', '#5b4636', '#3f5d00']
const fixed: Record<string, string> = { Healthy: '#3d8f57', Unknown: '#6c7a70' }

export function colourOf(name: string, all: string[]): string {
  const i = all.filter((n) => !(n in fixed)).indexOf(name)
  return fixed[name] ?? (i < 0 ? '#5a6b5f' : colours[i % colours.length]!)
}
