// Package charset makes UTF-8 of text that another program wrote: strictly, by the
// mark that the text begins with or by the encoding that its owner names.
//
// It guesses nothing. Text that is neither marked nor UTF-8 is refused with the
// place of its first bad byte: "Peña" read in the wrong encoding is another name,
// and nobody would notice. It knows no files and no format: django reads dumps and
// databases through it, app passwords.
package charset
