// Package charset converts text of other programs to UTF-8, strictly: by its byte
// order mark, or by the encoding that the caller names.
//
// It never guesses: "Peña" in the wrong encoding is another name, and nobody would
// notice. Text that is neither marked nor UTF-8 is refused with the offset of its
// first bad byte. It knows no files and no formats. Callers: django for dumps and
// databases, app for passwords.
package charset
