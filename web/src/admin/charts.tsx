import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { date, t } from '../shared/i18n'
import { colourOf } from './format'

// Plot draws a uPlot chart as wide as its place. Each chart has a table beside
// it for whoever cannot see it.
export function Plot({ options, data, label, height = 240 }: { options: Omit<uPlot.Options, 'width' | 'height'>; data: uPlot.AlignedData; label: string; height?: number }) {
  const place = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot | null>(null)
  useEffect(() => {
    const el = place.current!
    const u = new uPlot({ ...options, width: el.clientWidth || 320, height }, data, el)
    chart.current = u
    const resized = new ResizeObserver(() => u.setSize({ width: el.clientWidth, height }))
    resized.observe(el)
    return () => {
      resized.disconnect()
      u.destroy()
      chart.current = null
    }
  }, [options, height])
  useEffect(() => chart.current?.setData(data), [data])
  return <div class="plot" ref={place} role="img" aria-label={label} />
}

const ink = '#0f2117'
const grid = { stroke: '#dfe5da', width: 1 }
const font = '13px system-ui, sans-serif'
export const axis = (more: uPlot.Axis = {}): uPlot.Axis => ({ stroke: ink, grid, ticks: grid, font, ...more })

type Chart = { options: Omit<uPlot.Options, 'width' | 'height'>; data: uPlot.AlignedData }

const whole = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 10000, 100000]

// stacked makes bars on top of each other, one a day: the series are sums, the
// largest is drawn first, and the legend names each one's own number.
export function stacked(days: number[], names: string[], counts: Map<string, number[]>, colour = (name: string) => colourOf(name, names)): Chart {
  const sums: number[][] = []
  let below = days.map(() => 0)
  for (const name of names) {
    below = below.map((n, i) => n + (counts.get(name)?.[i] ?? 0))
    sums.push(below)
  }
  const order = names.map((_, i) => names.length - 1 - i)
  // A day without any has no bar, not one of no height.
  const shown = (sum: number[]) => sum.map((n) => n || null)
  return {
    data: [days, ...order.map((i) => shown(sums[i]!))] as uPlot.AlignedData,
    options: {
      cursor: { points: { show: false } },
      scales: { x: { time: true, range: (_u, min, max) => [min - 43_200, max + 43_200] }, y: { range: (_u, _min, max) => [0, Math.max(4, max)] } },
      axes: [axis({ grid: { show: false }, values: (_u, at) => at.map(dayName) }), axis({ incrs: whole, size: 44 })],
      series: [
        { label: t('a.day'), value: (_u, at) => (at === null ? '' : dayName(at)) },
        ...order.map((i): uPlot.Series => ({
          label: names[i]!, fill: colour(names[i]!), stroke: colour(names[i]!), width: 0, points: { show: false },
          paths: uPlot.paths.bars!({ size: [0.72, 48], radius: 0.08 }),
          value: (_u, _v, _s, at) => (at === null ? '' : String(counts.get(names[i]!)?.[at] ?? 0)),
        })),
      ],
    },
  }
}

const dayName = (s: number) => date(s * 1000, { day: 'numeric', month: 'short', timeZone: 'UTC' })

// histogram is how many are in each of so many equal parts of 0 to 100 %.
export function histogram(bins: number[], name: string): Chart {
  const step = 100 / bins.length
  const part = (i: number) => `${Math.round(i * step)}–${Math.round((i + 1) * step)} %`
  return {
    data: [bins.map((_, i) => (i + 0.5) * step), bins.map((n) => n || null)] as uPlot.AlignedData,
    options: {
      cursor: { points: { show: false } },
      scales: { x: { time: false, range: [0, 100] }, y: { range: (_u, _min, max) => [0, Math.max(4, max)] } },
      axes: [axis({ grid: { show: false }, incrs: [10, 20, 50], values: (_u, at) => at.map((n) => `${n} %`) }), axis({ incrs: whole, size: 44 })],
      series: [
        { label: t('a.confidence'), value: (_u, _v, _s, at) => (at === null ? '' : part(at)) },
        { label: name, fill: '#1d6a34', stroke: '#1d6a34', width: 0, points: { show: false }, paths: uPlot.paths.bars!({ size: [0.86, 60], radius: 0.08 }), value: (_u, v, _s, at) => (at === null ? '' : String(v ?? 0)) },
      ],
    },
  }
}
