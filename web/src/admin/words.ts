// Words of the administrators' pages, in files of their own: the growers' first
// load has none of them.
import { addWords, language } from '../shared/i18n'
import english from './languages/en.json'

export async function loadWords(): Promise<void> {
  addWords(english, language() === 'fil' ? (await import('./languages/fil.json')).default : {})
}
