package thumbnail

import (
	"bytes"
	"container/list"
	"context"
	"fmt"
	"image"
	"image/jpeg"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/ordered"
)

const (
	side    = 320 // of the longer one, in pixels
	quality = 80
)

// Config says what a Cache works with.
type Config struct {
	// Open gives a stored photo by its name.
	Open func(name string) (mango.PhotoFile, error)
	// Shrink decodes a photo to a picture with that longer side.
	Shrink func(ctx context.Context, photo []byte, side int) (mango.Picture, error)
	// Bytes is how much the pictures may take together.
	Bytes int64
}

// Cache makes and keeps small pictures.
type Cache struct {
	cfg    Config
	making chan struct{} // holds one token: the right to decode

	mu    ordered.Mutex[ordered.Thumbnails]
	by    map[string]*list.Element
	order list.List // of *picture, the last used first
	held  int64
}

type picture struct {
	name string
	jpeg []byte
}

// New is an empty Cache.
func New(cfg Config) *Cache {
	c := &Cache{cfg: cfg, making: make(chan struct{}, 1), by: map[string]*list.Element{}}
	c.making <- struct{}{}
	return c
}

// Get is the small picture of a stored photo, a JPEG. hold is asked for the
// photo's bytes before they are read.
//
// Errors carry a mango.Code: NotFound, InvalidPhoto, Busy, Timeout, Internal.
func (c *Cache) Get(ctx context.Context, name string, hold func(bytes int64) error) ([]byte, error) {
	// Opened each time: a photo that was deleted has no small picture either.
	file, err := c.cfg.Open(name)
	if err != nil {
		c.forget(name)
		return nil, err
	}
	defer func() { _ = file.Close() }() // it was only read
	if have := c.find(name); have != nil {
		return have, nil
	}
	select {
	case <-c.making:
		defer func() { c.making <- struct{}{} }()
	case <-ctx.Done():
		return nil, mango.Wrap(mango.Timeout, ctx.Err(), "The server was too busy to make the small picture. Please try again.")
	}
	if have := c.find(name); have != nil { // made meanwhile
		return have, nil
	}
	small, err := c.make(ctx, file, hold)
	if err == nil {
		c.keep(name, small)
	}
	return small, err
}

func (c *Cache) make(ctx context.Context, file mango.PhotoFile, hold func(bytes int64) error) ([]byte, error) {
	if err := hold(file.Size()); err != nil {
		return nil, err
	}
	photo, err := mango.ReadPhoto(file)
	if err != nil {
		return nil, err
	}
	small, err := c.cfg.Shrink(ctx, photo, side)
	if err != nil {
		return nil, err
	}
	img := image.NewRGBA(image.Rect(0, 0, small.Width, small.Height))
	for i, j := 0, 0; i+2 < len(small.RGB); i, j = i+3, j+4 {
		copy(img.Pix[j:], small.RGB[i:i+3])
		img.Pix[j+3] = 0xff
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: quality}); err != nil {
		return nil, mango.Wrap(mango.Internal, fmt.Errorf("cannot encode a small picture: %w", err), "The small picture could not be made.")
	}
	return out.Bytes(), nil
}

func (c *Cache) find(name string) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.by[name]
	if e == nil {
		return nil
	}
	c.order.MoveToFront(e)
	return e.Value.(*picture).jpeg
}

func (c *Cache) forget(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.by[name]; e != nil {
		c.drop(e)
	}
}

// drop removes a picture; the lock is held.
func (c *Cache) drop(e *list.Element) {
	p := c.order.Remove(e).(*picture)
	delete(c.by, p.name)
	c.held -= int64(len(p.jpeg))
}

func (c *Cache) keep(name string, small []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by[name] != nil || int64(len(small)) > c.cfg.Bytes {
		return
	}
	c.by[name] = c.order.PushFront(&picture{name, small})
	for c.held += int64(len(small)); c.held > c.cfg.Bytes; {
		c.drop(c.order.Back())
	}
}

// Held is how many bytes the pictures take.
func (c *Cache) Held() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.held
}
