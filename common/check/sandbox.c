/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the Landlock rules (kernel: Documentation/userspace-api/landlock.rst). Knows no program. */
#include "check/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* All of the first ABI that changes anything; reading stays free: libraries are loaded late. */
#define CHANGES \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | \
	    LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
	    LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | \
	    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | \
	    LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | \
	    LANDLOCK_ACCESS_FS_MAKE_SYM)
#define FILES \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
	    LANDLOCK_ACCESS_FS_MAKE_REG)

static bool
allow(int ruleset, const char *folder)
{
	struct landlock_path_beneath_attr rule = {.allowed_access = FILES};
	bool good;

	rule.parent_fd = open(folder, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return errno == ENOENT || errno == ENOTDIR;
	good = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
	(void)close(rule.parent_fd);
	return good;
}

bool
sandbox_confine(const struct strings *writable, struct err *err)
{
	struct landlock_ruleset_attr attr = {.handled_access_fs = CHANGES};
	/* Left open: the process ends soon, and it is one call less. */
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	bool good = ruleset >= 0;

	for (size_t i = 0; good && i < writable->count; i++)
		good = allow(ruleset, writable->items[i]);
	if (good && syscall(SYS_landlock_restrict_self, ruleset, 0) == 0)
		return true;
	return err_set(
	    err, ERR_LOCAL, 0, "the kernel cannot confine this run: %s", strerrordesc_np(errno));
}
