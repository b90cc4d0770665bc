package tflite

// CheckModel lets the tests reach the check without the C library behind it.
var CheckModel = checkModel
