package mango

// Page asks for one page of a list, newest first.
type Page struct {
	Number int // from 1; less counts as 1
	Size   int // 1..MaxPage; outside it is clamped, 0 is 20
}

// MaxPage is the most rows that one page can hold.
const MaxPage = 1000

// Clamp brings both numbers within bounds.
func (p Page) Clamp() Page {
	p.Number = max(p.Number, 1)
	if p.Size == 0 {
		p.Size = 20
	}
	p.Size = min(max(p.Size, 1), MaxPage)
	return p
}

// Offset is the number of rows before the page.
func (p Page) Offset() int {
	p = p.Clamp()
	if p.Number > 1<<40/p.Size {
		return 1 << 40 // past the end of anything
	}
	return (p.Number - 1) * p.Size
}
