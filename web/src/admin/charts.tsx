import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
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

// stacked makes bars on top of each other: the series are sums, the largest is
// drawn first, and the legend names each one's own number.
export function stacked(days: number[], names: string[], counts: Map<string, number[]>): { options: Omit<uPlot.Options, 'width' | 'height'>; data: uPlot.AlignedData } {
  const sums: number[][] = []
  let below = days.map(() => 0)
  for (const name of names) {
    below = below.map((n, i) => n + (counts.get(name)?.[i] ?? 0))
    sums.push(below)
  }
  const order = names.map((_, i) => names.length - 1 - i)
  return {
    data: [days, ...order.map((i) => sums[i]!)],
    options: {
      scales: { x: { time: true }, y: { range: (_u, _min, max) => [0, Math.max(1, max)] } },
      axes: [axis({ values: (_u, at) => at.map((s) => new Date(s * 1000).toLocaleDateString(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' })) }), axis({ incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 10000] })],
      series: [
        {},
        ...order.map((i): uPlot.Series => ({
          label: names[i]!, fill: colourOf(names[i]!, names), stroke: '#ffffff', width: 1, points: { show: false },
          paths: uPlot.paths.bars!({ size: [0.7, 60] }),
          value: (_u, _v, _s, at) => (at === null ? '–' : String(counts.get(names[i]!)?.[at] ?? 0)),
        })),
      ],
      legend: { live: true },
    },
  }
}
