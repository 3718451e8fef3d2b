/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: loading a library at first use.
 * Must not know: what the library is good for.
 */
#include "base/late.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

/* One lock for all libraries: each is loaded once in a run. */
static pthread_mutex_t late_lock = PTHREAD_MUTEX_INITIALIZER;

static bool
late_bind(struct late_library *library, void *handle, struct err *err)
{
	for (size_t i = 0; i < library->symbol_count; i++) {
		const struct late_symbol *symbol = &library->symbols[i];
		void *address = dlsym(handle, symbol->name);

		if (address == NULL)
			return err_set(err, ERR_LOCAL, 0, "%s has no %s: install a newer %s",
			    library->soname, symbol->name, library->package);
		/* POSIX lets a function pointer be stored through void *; ISO C has no way. */
		memcpy(symbol->slot, &address, sizeof(address));
	}
	library->handle = handle;
	return true;
}

static bool
late_load_locked(struct late_library *library, struct err *err)
{
	void *handle;

	if (library->handle != NULL)
		return true;
	handle = dlopen(library->soname, RTLD_NOW | RTLD_LOCAL);
	if (handle == NULL)
		return err_set(err, ERR_LOCAL, 0, "%s cannot be loaded: install %s",
		    library->soname, library->package);
	if (late_bind(library, handle, err))
		return true;
	(void)dlclose(handle);
	return false;
}

bool
late_load(struct late_library *library, struct err *err)
{
	bool loaded;

	(void)pthread_mutex_lock(&late_lock);
	loaded = late_load_locked(library, err);
	(void)pthread_mutex_unlock(&late_lock);
	return loaded;
}
