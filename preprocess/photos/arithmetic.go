package photos

import "encoding/base64"

// Arithmetic is JPEG(48, 36) with arithmetic coding in place of Huffman's, by
// libjpeg-turbo's `jpegtran -arithmetic -copy none`: nothing in Go writes it.
func Arithmetic() []byte {
	b, err := base64.StdEncoding.DecodeString(arithmetic)
	if err != nil {
		panic(err) // the constant below is ours
	}
	return b
}

const arithmetic = "" +
	"/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBA" +
	"QEBAQEBAT/yQARCAAkADADASIAAhEAAxEA/8wACgAQEAUBEBEF/9oADAMBAAIRAxEAPwD/AOlgse94eqAC9jdmaRpVhSLgeIFRjfPiARYrUbPp" +
	"2gbxNf1NF9DXidstNYhyjJtMkTDnh5oqOu5OD/lBAA5Iwi7URDYoYEQVWVQcauvk+ZP3TdUn6pXFct1aWf5/uARRfmG0J95G9A7q0M/ICahAT8" +
	"/IXpW96Dzwwf7Wrh0N8xtygFD4a/fTGLs7q3TEG32/0QLNYKyEvZCL6+mPSyZqvxcoIdGcD6Z0jp0HkZs5P06RLPI2ya/hHGFJ1hqz8yX2iBco" +
	"nNibGlf54w9hekpNxZrfPSdNea3KT0PjwNFVaxBHqXoIOSdx5kYopOy4GOWsdlsYqUWOFSHUtfxt7H+jwF+29NbHxvEGa6/+2GMzw0vnlxeL0l" +
	"gooRblsXw1CKBBGAgL/Hzc3yApmEl6etxvAS/mG908/clJhdjvYfnmhJ/aVU4xHKRYIEwMcFRFVPi3k5Q1RLvn/GIF3Bch4KZDVDpQ0e79PM6n" +
	"69bQgLpqSGJbMUDTXTVmKNe/wnZqAzxmXIWVR9o9kNIiiTvwRha7O3MPbIEjR/dgHRxwy749YVsqpGq/v4uYusKPsz/sZRay2px+6bgdP47q6P" +
	"TCw8BwiJ1qTvM1oN2XlvC6jmNnEvYKnztC8Sg03VQV5AdDYngcOmXNAdv4Vv7VBSV34FvQccAgPbF1xgWewSDdye3t6pRlPg+22c21TRQ0J8WV" +
	"k3B8YZZiPUqxXYehuE17bgo9JiJxLDRqcwTFuuam24OnDLAupNuVGzHRumILKq3qjxmhdm6G6R+u165MDZdu8nMV+Ol0ljEp6P/Z"
