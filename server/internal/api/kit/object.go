package kit

import (
	"fmt"
	"strings"

	"mangosense/server/internal/api/jsonbody"
	"mangosense/server/internal/mango"
)

// Object reads the body of a call as a JSON object.
func (c *Call) Object() (*jsonbody.Object, error) {
	o := &jsonbody.Object{}
	if err := c.Decode(o, jsonbody.Broken); err != nil {
		return nil, err
	}
	return o, nil
}

// ImageIDs reads a body that names images, in image_ids, and by read what else it
// says.
func (c *Call) ImageIDs(most int, read func(*jsonbody.Object)) ([]uint64, error) {
	o, err := c.Object()
	if err != nil {
		return nil, err
	}
	ids := o.IDs("image_ids", most)
	read(o)
	return ids, o.Err()
}

// UnknownImages words an answer about ids that name nothing: a 400, as the
// clients know it.
func UnknownImages(err error) error {
	e := AsError(err)
	if e.Code != mango.NotFound {
		return err
	}
	sentence := fmt.Sprintf("Images with IDs [%s] do not exist", mango.ClipText(strings.Join(e.Fields, ", "), 200))
	return &mango.Error{Code: mango.Invalid, Public: sentence, Fields: []string{"image_ids: " + sentence}, Cause: err}
}
