/* The host's interfaces (POSIX, net/if.h; getifaddrs). */
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "shim.h"

_Static_assert(IFF_UP == HERMIT_IFF_UP && IFF_BROADCAST == HERMIT_IFF_BROADCAST &&
	       IFF_LOOPBACK == HERMIT_IFF_LOOPBACK && IFF_RUNNING == HERMIT_IFF_RUNNING &&
	       IFF_MULTICAST == HERMIT_IFF_MULTICAST &&
	       sizeof(((struct hermit_interface *)0)->name) == IF_NAMESIZE, "interfaces");

/* All interfaces and their addresses, to be freed; NULL: errno says why. */
static struct hermit_interface *all(int *count)
{
	for (int room = 16;; room = *count) {
		struct hermit_interface *list = malloc((size_t)room * sizeof(*list));

		if (!list)
			return NULL;
		*count = sys_getinterfaces(list, (size_t)room);
		if (*count >= 0 && *count <= room)
			return list;
		free(list);
		/* There were more of them. */
		if (checked(*count) < 0)
			return NULL;
	}
}

WEAK unsigned if_nametoindex(const char *name)
{
	int count;
	unsigned index = 0;
	struct hermit_interface *list = all(&count);

	if (!list)
		return 0;
	for (int i = 0; i < count && !index; i++)
		if (strcmp(list[i].name, name) == 0)
			index = list[i].index;
	free(list);
	if (!index)
		failed(_REENT, ENODEV);
	return index;
}

WEAK char *if_indextoname(unsigned index, char *name)
{
	int count;
	char *found = NULL;
	struct hermit_interface *list = all(&count);

	if (!list)
		return NULL;
	for (int i = 0; i < count && !found; i++)
		if (list[i].index == index)
			found = strcpy(name, list[i].name);
	free(list);
	if (!found)
		failed(_REENT, ENXIO);
	return found;
}

/* One block: the entries, and the names behind them. */
WEAK struct if_nameindex *if_nameindex(void)
{
	int count, found = 0;
	struct hermit_interface *list = all(&count);
	struct if_nameindex *result;

	if (!list)
		return NULL;
	result = malloc((size_t)(count + 1) * (sizeof(*result) + IF_NAMESIZE));
	if (result) {
		char *names = (char *)(result + count + 1);
		for (int i = 0; i < count; i++) {
			if (found && result[found - 1].if_index == list[i].index)
				continue;
			result[found].if_index = list[i].index;
			result[found].if_name = strcpy(names + found * IF_NAMESIZE, list[i].name);
			found++;
		}
		result[found] = (struct if_nameindex){0, NULL};
	}
	free(list);
	return result;
}

WEAK void if_freenameindex(struct if_nameindex *list)
{
	free(list);
}

struct element {
	struct ifaddrs entry;
	char name[IF_NAMESIZE];
	struct sockaddr_in6 address, mask, broadcast;
};

/* Ones in front, of the address's family. */
static void makeMask(struct sockaddr_in6 *mask, const struct sockaddr *of, unsigned prefix)
{
	unsigned char *bytes = of->sa_family == AF_INET ? (unsigned char *)&((struct sockaddr_in *)mask)->sin_addr
							: mask->sin6_addr.s6_addr;

	mask->sin6_len = of->sa_len;
	mask->sin6_family = of->sa_family;
	for (unsigned bit = 0; bit < prefix; bit++)
		bytes[bit / 8] |= (unsigned char)(0x80 >> bit % 8);
}

static void fill(struct element *element, const struct hermit_interface *known)
{
	const struct sockaddr *address = (const struct sockaddr *)&known->address;

	strcpy(element->name, known->name);
	element->entry.ifa_name = element->name;
	element->entry.ifa_flags = known->flags;
	if (address->sa_family == AF_UNSPEC)
		return;
	memcpy(&element->address, &known->address, sizeof element->address);
	element->entry.ifa_addr = (struct sockaddr *)&element->address;
	makeMask(&element->mask, address, known->prefix);
	element->entry.ifa_netmask = (struct sockaddr *)&element->mask;
	if (address->sa_family == AF_INET && known->flags & IFF_BROADCAST && known->prefix < 31) {
		struct sockaddr_in *all = (struct sockaddr_in *)&element->broadcast;
		memcpy(all, &element->address, sizeof *all);
		all->sin_addr.s_addr |= ~((struct sockaddr_in *)&element->mask)->sin_addr.s_addr;
		element->entry.ifa_broadaddr = (struct sockaddr *)all;
	}
}

/* One block for the whole list. */
WEAK int getifaddrs(struct ifaddrs **result)
{
	int count;
	struct hermit_interface *list = all(&count);
	struct element *elements;

	if (!list)
		return -1;
	elements = calloc((size_t)count, sizeof(*elements));
	if (!elements) {
		free(list);
		return -1;
	}
	for (int i = 0; i < count; i++) {
		fill(&elements[i], &list[i]);
		elements[i].entry.ifa_next = i + 1 < count ? &elements[i + 1].entry : NULL;
	}
	free(list);
	*result = &elements->entry;
	return 0;
}

WEAK void freeifaddrs(struct ifaddrs *list)
{
	free(list);
}
