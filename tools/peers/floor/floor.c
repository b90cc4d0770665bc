/* The floor: what a photo costs when nothing is done but what must be done. The
 * JPEG is decoded by TurboJPEG at the smallest scale that leaves both sides at
 * least twice the model's input, and the model runs once under XNNPACK, on one
 * thread. Nothing is rotated, resized or answered: the model sees the first bytes
 * of the decoded picture, and its verdict means nothing.
 *
 *     bin/floor [-m MODEL] [-n RUNS] PHOTO...
 *
 * One JSON object a photo, in the form of `mangosense predict --json`. With -n,
 * one object a photo with the median and the quartiles of that many runs.
 *
 * It is for `make bench` alone. It trusts its inputs. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <tensorflow/lite/c/c_api.h>
#include <tensorflow/lite/delegates/xnnpack/xnnpack_delegate.h>
#include <turbojpeg.h>

static void die(const char* what, const char* which) {
	fprintf(stderr, "floor: cannot %s %s\n", what, which);
	exit(1);
}

static double now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static unsigned char* load(const char* path, unsigned long* size) {
	FILE* f = fopen(path, "rb");
	if (f == NULL || fseek(f, 0, SEEK_END) != 0) die("open", path);
	long n = ftell(f);
	unsigned char* bytes = n > 0 ? malloc((size_t)n) : NULL;
	rewind(f);
	if (bytes == NULL || fread(bytes, 1, (size_t)n, f) != (size_t)n) die("read", path);
	fclose(f);
	*size = (unsigned long)n;
	return bytes;
}

/* The model, ready to run. */
static TfLiteInterpreter* interpreter;
static TfLiteTensor* input;
static int side;

static void open_model(const char* path) {
	TfLiteModel* model = TfLiteModelCreateFromFile(path);
	if (model == NULL) die("load", path);
	TfLiteXNNPackDelegateOptions x = TfLiteXNNPackDelegateOptionsDefault();
	TfLiteInterpreterOptions* o = TfLiteInterpreterOptionsCreate();
	TfLiteInterpreterOptionsSetNumThreads(o, 1);
	TfLiteInterpreterOptionsAddDelegate(o, TfLiteXNNPackDelegateCreate(&x));
	interpreter = TfLiteInterpreterCreate(model, o);
	if (interpreter == NULL || TfLiteInterpreterAllocateTensors(interpreter) != kTfLiteOk) die("prepare", path);
	input = TfLiteInterpreterGetInputTensor(interpreter, 0);
	if (TfLiteTensorNumDims(input) != 4) die("feed photos to", path);
	side = TfLiteTensorDim(input, 1);
}

/* The decoder, with one buffer for all photos. */
static tjhandle decoder;
static unsigned char* picture;
static size_t room;

static void decode(const char* path, const unsigned char* jpeg, unsigned long size) {
	int width, height, subsampling, colours;
	if (tjDecompressHeader3(decoder, jpeg, size, &width, &height, &subsampling, &colours) != 0) die("read the header of", path);
	tjscalingfactor scale = {1, 1};
	for (int d = 8; d > 1; d /= 2) {
		tjscalingfactor s = {1, d};
		if (TJSCALED(width, s) >= 2 * side && TJSCALED(height, s) >= 2 * side) {
			scale = s;
			break;
		}
	}
	int w = TJSCALED(width, scale), h = TJSCALED(height, scale);
	size_t need = (size_t)w * (size_t)h * 3;
	if (need > room) {
		free(picture);
		picture = malloc(need);
		room = need;
	}
	if (need < TfLiteTensorByteSize(input)) die("fill the model's input from", path);
	if (tjDecompress2(decoder, jpeg, size, picture, w, 0, h, TJPF_RGB, TJFLAG_FASTDCT | TJFLAG_FASTUPSAMPLE) != 0) die("decode", path);
}

struct cost {
	double decode, infer;
};

static struct cost once(const char* path, const unsigned char* jpeg, unsigned long size) {
	double begin = now();
	decode(path, jpeg, size);
	double decoded = now();
	memcpy(TfLiteTensorData(input), picture, TfLiteTensorByteSize(input));
	if (TfLiteInterpreterInvoke(interpreter) != kTfLiteOk) die("run the model on", path);
	return (struct cost){decoded - begin, now() - decoded};
}

static int by_size(const void* a, const void* b) {
	double x = *(const double*)a, y = *(const double*)b;
	return (x > y) - (x < y);
}

static void print_quartiles(const char* name, double* v, int n, const char* after) {
	qsort(v, (size_t)n, sizeof *v, by_size);
	printf("\"%s\":{\"median\":%.3f,\"q1\":%.3f,\"q3\":%.3f}%s", name, v[n / 2], v[n / 4], v[3 * n / 4], after);
}

static void many(const char* path, const unsigned char* jpeg, unsigned long size, int n) {
	double *d = calloc((size_t)n, sizeof *d), *i = calloc((size_t)n, sizeof *i), *t = calloc((size_t)n, sizeof *t);
	if (d == NULL || i == NULL || t == NULL) die("set memory aside for", path);
	for (int k = -2; k < n; k++) { /* two to warm up */
		struct cost c = once(path, jpeg, size);
		if (k < 0) continue;
		d[k] = c.decode;
		i[k] = c.infer;
		t[k] = c.decode + c.infer;
	}
	printf("{\"path\":\"%s\",\"runs\":%d,\"milliseconds\":{", path, n);
	print_quartiles("decode", d, n, ",");
	print_quartiles("infer", i, n, ",");
	print_quartiles("total", t, n, "}}\n");
	free(d);
	free(i);
	free(t);
}

int main(int argc, char** argv) {
	char model[4096];
	const char* folder = getenv("MODELS_DIR");
	snprintf(model, sizeof model, "%s/leaf-mobilenetv2.tflite", folder != NULL ? folder : "models");
	int runs = 0;
	for (int c; (c = getopt(argc, argv, "m:n:")) != -1;) {
		switch (c) {
		case 'm': snprintf(model, sizeof model, "%s", optarg); break;
		case 'n': runs = atoi(optarg); break;
		default: return 2;
		}
	}
	if (optind == argc) {
		fprintf(stderr, "floor [-m MODEL] [-n RUNS] PHOTO...\n");
		return 2;
	}
	open_model(model);
	decoder = tjInitDecompress();
	if (decoder == NULL) die("start", "TurboJPEG");
	for (; optind < argc; optind++) {
		unsigned long size;
		unsigned char* jpeg = load(argv[optind], &size);
		if (runs > 0) {
			many(argv[optind], jpeg, size, runs);
		} else {
			struct cost c = once(argv[optind], jpeg, size);
			printf("{\"path\":\"%s\",\"milliseconds\":{\"decode\":%.3f,\"resize\":0,\"infer\":%.3f,\"total\":%.3f},\"error\":null}\n",
			       argv[optind], c.decode, c.infer, c.decode + c.infer);
		}
		free(jpeg);
	}
	return 0;
}
