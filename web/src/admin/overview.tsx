import { useMemo, useState } from 'preact/hooks'
import type uPlot from 'uplot'
import { t } from '../shared/i18n'
import { Plot, axis, histogram, stacked } from './charts'
import { bytes, count, seconds, share } from './format'
import { type Live, useLive } from './live'
import { Shown, useLoad } from './load'
import { Places, type Place } from './map'

interface Overview {
  totals: { records: number; verified: number; healthy: number; unknown: number; diseased: number; week: number; month: number; photos: number; photo_bytes: number; users: number; disabled: number }
  days: { date: string; disease_type: string; disease: string; count: number }[]
  gate: { date: string; photos: number; refused: number }[]
  confidence: { considered: number; bins: number[] }
  places: Place[]
  any_record: boolean
}

export default function OverviewPage() {
  const [days, setDays] = useState(30)
  const loaded = useLoad<Overview>(`/api/admin/overview/?days=${days}`)
  return (
    <div class="stack">
      <Shown of={loaded}>{(d) => d.any_record ? <Counted data={d} days={days} setDays={setDays} /> : <p class="note">{t('a.noRecords')} <a href="/">{t('admin.growers')}</a></p>}</Shown>
      <Now />
    </div>
  )
}

function Tile({ name, value, more }: { name: string; value: string; more?: string }) {
  return <div class="tile"><dt>{name}</dt><dd>{value}{more && <small>{more}</small>}</dd></div>
}

// Meter is a number of a known most: the bar shows its part.
function Meter({ name, value, most, text, of }: { name: string; value: number; most: number; text: string; of: string }) {
  return (
    <div class="tile">
      <dt>{name}</dt>
      <dd>{text} <span class="of">{of}</span><meter min={0} max={Math.max(most, 1)} high={Math.max(most, 1) * 0.85} value={value} aria-label={name} /></dd>
    </div>
  )
}

const timeAxis = (_u: uPlot, at: number[]) => at.map((s) => new Date(s * 1000).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' }))
const liveOptions = (): Omit<uPlot.Options, 'width' | 'height'> => ({
  scales: { y: { range: (_u, _min, max) => [0, Math.max(0.01, max)] }, n: { range: (_u, _min, max) => [0, Math.max(4, max)] } },
  axes: [axis({ values: timeAxis, space: 100 }), axis({ values: (_u, at) => at.map((s) => seconds(s)), size: 64 }), axis({ scale: 'n', side: 1, grid: { show: false } })],
  series: [{}, { label: 'p50', stroke: '#1d6a34', width: 2 }, { label: 'p95', stroke: '#9c2410', width: 2, dash: [6, 4] }, { label: t('a.waiting'), scale: 'n', stroke: '#0b57d0', width: 2 }],
})

function Now() {
  const { now, past, heard } = useLive()
  const options = useMemo(liveOptions, [])
  const data = useMemo<uPlot.AlignedData>(() => [past.map((l) => Date.parse(l.at) / 1000), past.map((l) => l.p50), past.map((l) => l.p95), past.map((l) => l.waiting)], [past])
  if (!now) return <p role="status" class="soft">{t('a.loading')}</p>
  const gate = now.verdicts?.not_mango ?? 0
  const of = (most: string) => '/ ' + most
  return (
    <section class="card stack" aria-labelledby="now">
      <h2 id="now">{t('a.now')} <span class={heard ? 'tag good' : 'tag bad'}>{heard ? t('a.live') : t('a.silent')}</span></h2>
      {now.store_sentence && <p class="note bad">{now.store_sentence}</p>}
      <dl class="tiles">
        <Meter name={t('a.atWork')} value={now.running} most={now.places} text={count(now.running)} of={of(count(now.places))} />
        <Meter name={t('a.waiting')} value={now.waiting} most={now.queue} text={count(now.waiting)} of={of(count(now.queue))} />
        <Meter name={t('a.memory')} value={now.process_bytes} most={now.memory_total} text={bytes(now.process_bytes)} of={of(bytes(now.memory_total))} />
        <Meter name={t('a.decoding')} value={now.decode_bytes} most={now.decode_most} text={bytes(now.decode_bytes)} of={of(bytes(now.decode_most))} />
        <Meter name={t('a.bodies')} value={now.upload_bytes} most={now.upload_most} text={bytes(now.upload_bytes)} of={of(bytes(now.upload_most))} />
        <Tile name={t('a.latency')} value={seconds(now.p50)} more={`95 %: ${seconds(now.p95)}`} />
        <Tile name={t('a.answered')} value={count(now.photos)} more={t('a.refusedN', { n: count(now.refused) })} />
        <Tile name={t('a.gate')} value={count(gate)} more={now.photos ? share(gate / now.photos) : ''} />
        <Tile name={t('a.requests')} value={count(now.requests)} more={t('a.failedN', { n: count(now.failed) })} />
        <Tile name={t('a.disk')} value={bytes(now.disk_free)} more={t('a.free')} />
        <Tile name={t('a.store')} value={now.store_state} more={bytes(now.database_bytes)} />
        <Tile name={t('a.uptime')} value={span(now)} />
      </dl>
      {past.length > 2 && <Plot options={options} data={data} label={t('a.liveChart')} height={180} />}
    </section>
  )
}

function span(now: Live): string {
  const hours = now.uptime / 3600
  if (hours < 1) return t('a.minutes', { n: Math.round(hours * 60) })
  return hours < 48 ? t('a.hours', { n: hours < 10 ? hours.toFixed(1) : Math.round(hours) }) : t('a.days', { n: Math.round(hours / 24) })
}

function Counted({ data, days, setDays }: { data: Overview; days: number; setDays: (n: number) => void }) {
  const { totals } = data
  const names = useMemo(() => {
    const sum = new Map<string, number>()
    for (const d of data.days) sum.set(d.disease || 'Unknown', (sum.get(d.disease || 'Unknown') ?? 0) + d.count)
    for (const p of data.places) if (!sum.has(p.disease)) sum.set(p.disease, 0)
    return [...sum.entries()].sort((a, b) => b[1] - a[1]).map(([n]) => n)
  }, [data])
  const byDay = useMemo(() => {
    const today = Math.floor(Date.now() / 86_400_000)
    const at = Array.from({ length: days }, (_, i) => (today - days + 1 + i) * 86_400)
    const counts = new Map(names.map((n) => [n, at.map(() => 0)]))
    for (const d of data.days) {
      const i = at.indexOf(Date.parse(d.date) / 1000)
      const row = counts.get(d.disease || 'Unknown')
      if (row && i >= 0) row[i]! += d.count
    }
    return { at, counts, ...stacked(at, names.filter((n) => counts.get(n)!.some((c) => c > 0)), counts) }
  }, [data, names, days])
  const gate = useMemo(() => {
    const passed = t('a.gatePassed'), refused = t('a.gateRefused')
    const counts = new Map([[passed, byDay.at.map(() => 0)], [refused, byDay.at.map(() => 0)]])
    for (const d of data.gate) {
      const i = byDay.at.indexOf(Date.parse(d.date) / 1000)
      if (i < 0) continue
      counts.get(refused)![i] = d.refused
      counts.get(passed)![i] = Math.max(0, d.photos - d.refused)
    }
    return stacked(byDay.at, [passed, refused], counts, (name) => (name === refused ? '#9c2410' : '#7fae8c'))
  }, [data, byDay])
  const verified = totals.verified / totals.records
  const span = (
    <label class="row span"><span>{t('a.span')}</span>
      <select value={days} onChange={(e) => setDays(Number(e.currentTarget.value))}>{[7, 30, 90, 365].map((n) => <option key={n} value={n}>{t('a.days', { n })}</option>)}</select>
    </label>
  )
  return (
    <div class="board">
      <section class="whole" aria-labelledby="stored">
        <h2 id="stored" class="hidden">{t('a.stored')}</h2>
        <dl class="tiles first">
          <Tile name={t('a.records')} value={count(totals.records)} more={t('a.thisWeek', { n: count(totals.week) })} />
          <Tile name={t('a.diseased')} value={count(totals.diseased)} more={share(totals.diseased / totals.records)} />
          <Tile name={t('a.healthy')} value={count(totals.healthy)} more={share(totals.healthy / totals.records)} />
          <Tile name={t('a.unknown')} value={count(totals.unknown)} more={share(totals.unknown / totals.records)} />
          <div class="tile">
            <dt>{t('a.verifiedShare')}</dt>
            <dd>{share(verified)}<meter min={0} max={1} value={verified} aria-label={t('a.verifiedShare')} /><small><a href="#/review">{t('a.toReviewN', { n: count(totals.records - totals.verified) })}</a></small></dd>
          </div>
          <Tile name={t('a.users')} value={count(totals.users)} more={t('a.disabledN', { n: count(totals.disabled) })} />
        </dl>
      </section>
      <section class="card stack wide" aria-labelledby="byday">
        <div class="row between"><h2 id="byday">{t('a.byDay')}</h2>{span}</div>
        {data.days.length === 0 ? <p class="soft">{t('a.noneInSpan')}</p> : <Plot key={names.join() + days} options={byDay.options} data={byDay.data} label={t('a.byDay')} height={250} />}
        <Table name={t('a.byDay')} heads={['a.day', 'a.disease', 'a.part', 'a.number']} rows={[...data.days].reverse().map((d) => [d.date, d.disease || 'Unknown', t('a.' + d.disease_type), count(d.count)])} />
      </section>
      <section class="card stack narrow" aria-labelledby="gate">
        <h2 id="gate">{t('a.gateByDay')}</h2>
        {data.gate.length === 0 ? <p class="soft">{t('a.gateNone')}</p> : <Plot key={days} options={gate.options} data={gate.data} label={t('a.gateByDay')} height={250} />}
        <Table name={t('a.gateByDay')} heads={['a.day', 'a.gatePhotos', 'a.gateRefused']} rows={[...data.gate].reverse().map((d) => [d.date, count(d.photos), count(d.refused)])} />
      </section>
      <section class="card stack half" aria-labelledby="sure">
        <h2 id="sure">{t('a.confidence')}</h2>
        <Confidence of={data.confidence} />
      </section>
      <section class="card stack half" aria-labelledby="where">
        <h2 id="where">{t('a.where')}</h2>
        <Places places={data.places} names={names} />
      </section>
    </div>
  )
}

function Confidence({ of }: { of: Overview['confidence'] }) {
  const chart = useMemo(() => histogram(of.bins, t('a.records')), [of])
  const step = 100 / of.bins.length
  return (
    <>
      <Plot options={chart.options} data={chart.data} label={t('a.confidence')} height={250} />
      <p class="small soft">{t('a.ofNewest', { n: count(of.considered) })}</p>
      <Table name={t('a.confidence')} heads={['a.confidence', 'a.number']} rows={of.bins.map((n, i) => [`${Math.round(i * step)}–${Math.round((i + 1) * step)} %`, count(n)])} />
    </>
  )
}

// Table is what a chart shows, for whoever cannot see it or wants the numbers.
function Table({ name, heads, rows }: { name: string; heads: string[]; rows: string[][] }) {
  if (rows.length === 0) return null
  return (
    <details><summary>{t('a.asTable')}</summary>
      <div class="scroll tall" tabIndex={0} role="region" aria-label={name}><table>
        <thead><tr>{heads.map((h) => <th key={h} scope="col">{t(h)}</th>)}</tr></thead>
        <tbody>{rows.map((r) => <tr key={r.join()}>{r.map((cell, i) => <td key={i}>{cell}</td>)}</tr>)}</tbody>
      </table></div>
    </details>
  )
}
