/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Gives each file of a corpus to a fuzz target, where there is no fuzzer: what
 * was found once is tried in every build. usage: fuzz_X FILE...
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define INPUT_MAX ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* From the heap at its own length, so that a sanitizer sees one byte too far. */
static int
replay(const char *path, uint8_t *room)
{
	FILE *file = fopen(path, "rb");
	size_t len;
	uint8_t *exact;

	if (!file) {
		perror(path);
		return 1;
	}
	len = fread(room, 1, INPUT_MAX, file);
	fclose(file);
	exact = malloc(len ? len : 1);
	if (!exact)
		return 1;
	for (size_t i = 0; i < len; i++)
		exact[i] = room[i];
	LLVMFuzzerTestOneInput(exact, len);
	free(exact);
	return 0;
}

int
main(int argc, char **argv)
{
	uint8_t *room = malloc(INPUT_MAX);
	int failed = argc < 2 || !room;

	for (int i = 1; i < argc && room; i++)
		failed |= replay(argv[i], room);
	free(room);
	if (!failed)
		printf("%s: %d inputs\n", argv[0], argc - 1);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
