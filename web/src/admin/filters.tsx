import { t } from '../shared/i18n'

export interface Filter {
  verified: 'false' | 'true' | 'all'
  order: 'unsure' | 'newest'
  disease_type: '' | 'leaf' | 'fruit'
  disease: string
  since: string
  until: string
  search: string
}

export const none: Filter = { verified: 'false', order: 'unsure', disease_type: '', disease: '', since: '', until: '', search: '' }

export const queryOf = (f: Filter) => new URLSearchParams(Object.entries(f).filter(([, v]) => v !== '')).toString()

export function Filters({ filter, set, classes }: { filter: Filter; set: (f: Filter) => void; classes: string[] }) {
  const field = (name: keyof Filter) => ({
    id: 'f-' + name, value: filter[name],
    onInput: (e: { currentTarget: HTMLInputElement | HTMLSelectElement }) => set({ ...filter, [name]: e.currentTarget.value }),
  })
  return (
    <details class="filters" open={matchMedia('(min-width: 60rem)').matches}>
      <summary>{t('a.filter')}</summary>
      <form class="card" role="search" onSubmit={(e) => e.preventDefault()}>
        <div class="field"><label for="f-verified">{t('a.state')}</label><select {...field('verified')}>
          <option value="false">{t('a.toReview')}</option><option value="true">{t('a.verified')}</option><option value="all">{t('a.all')}</option></select></div>
        <div class="field"><label for="f-order">{t('a.order')}</label><select {...field('order')}>
          <option value="unsure">{t('a.unsureFirst')}</option><option value="newest">{t('a.newestFirst')}</option></select></div>
        <div class="field"><label for="f-disease_type">{t('a.part')}</label><select {...field('disease_type')}>
          <option value="">{t('a.all')}</option><option value="leaf">{t('a.leaf')}</option><option value="fruit">{t('a.fruit')}</option></select></div>
        <div class="field"><label for="f-disease">{t('a.disease')}</label><select {...field('disease')}>
          <option value="">{t('a.all')}</option>{[...new Set([...classes, 'Unknown'])].map((c) => <option key={c}>{c}</option>)}</select></div>
        <div class="field"><label for="f-since">{t('a.since')}</label><input type="date" {...field('since')} /></div>
        <div class="field"><label for="f-until">{t('a.until')}</label><input type="date" {...field('until')} /></div>
        <div class="field"><label for="f-search">{t('a.search')}</label><input type="search" maxLength={200} {...field('search')} /></div>
        <button type="button" class="button slim" onClick={() => set(none)}>{t('a.clear')}</button>
      </form>
    </details>
  )
}
