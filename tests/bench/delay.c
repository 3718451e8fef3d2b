/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * delay MS NETNS: a wire between the network namespace it is started in and the
 * one of the file NETNS (/proc/PID/ns/net), which delivers every packet MS
 * milliseconds late in each direction. Runs until it is killed.
 *   here: mv0, 10.99.0.2    there: mv0, 10.99.0.1
 * Both ends are TUN devices, as sch_netem is in few kernels of virtual machines.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PACKET_MAX 2048
#define QUEUE_MAX 1024

struct packet {
	int64_t due_us;
	size_t size;
	unsigned char bytes[PACKET_MAX];
};

/* One direction: what came in at from waits here and leaves at to. */
struct lane {
	int from, to;
	unsigned head, count;
	struct packet queue[QUEUE_MAX];
};

static void
die(const char *what)
{
	fprintf(stderr, "delay: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static void
set_address(int control, struct ifreq *device, unsigned long request, uint32_t address)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(address)};

	memcpy(&device->ifr_addr, &in, sizeof(in));
	if (ioctl(control, request, device) < 0)
		die("address of mv0");
}

/* A TUN device in the namespace of this moment. */
static int
device_open(uint32_t own, uint32_t peer)
{
	struct ifreq device = {.ifr_flags = IFF_TUN | IFF_NO_PI};
	int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	memcpy(device.ifr_name, "mv0", 4);
	if (control < 0 || tun < 0 || ioctl(tun, TUNSETIFF, &device) < 0)
		die("/dev/net/tun");
	set_address(control, &device, SIOCSIFADDR, own);
	set_address(control, &device, SIOCSIFDSTADDR, peer);
	device.ifr_flags = IFF_UP | IFF_RUNNING | IFF_POINTOPOINT;
	if (ioctl(control, SIOCSIFFLAGS, &device) < 0)
		die("mv0 up");
	close(control);
	return tun;
}

static void
lane_take(struct lane *lane, int64_t delay_us)
{
	while (lane->count < QUEUE_MAX) {
		struct packet *packet = &lane->queue[(lane->head + lane->count) % QUEUE_MAX];
		ssize_t size = read(lane->from, packet->bytes, PACKET_MAX);

		if (size <= 0)
			return;
		packet->size = (size_t)size;
		packet->due_us = now_us() + delay_us;
		lane->count++;
	}
}

/* Sends what is due; returns when the next packet is, INT64_MAX for none. */
static int64_t
lane_send(struct lane *lane)
{
	while (lane->count > 0) {
		const struct packet *packet = &lane->queue[lane->head];

		if (packet->due_us > now_us())
			return packet->due_us;
		/* A packet that cannot be sent is lost, as on any wire. */
		if (write(lane->to, packet->bytes, packet->size) < 0 && errno == EBADFD)
			die("write");
		lane->head = (lane->head + 1) % QUEUE_MAX;
		lane->count--;
	}
	return INT64_MAX;
}

static void
carry(struct lane lanes[static 2], int64_t delay_us)
{
	struct pollfd ready[2] = {
	    {.fd = lanes[0].from, .events = POLLIN}, {.fd = lanes[1].from, .events = POLLIN}};

	for (;;) {
		int64_t first = lane_send(&lanes[0]), second = lane_send(&lanes[1]);
		int64_t next = first < second ? first : second, wait = next - now_us();
		struct timespec pause = {0};

		if (wait > 0 && next != INT64_MAX) {
			pause.tv_sec = wait / 1000000;
			pause.tv_nsec = wait % 1000000 * 1000;
		}
		if (ppoll(ready, 2, next == INT64_MAX ? NULL : &pause, NULL) < 0 && errno != EINTR)
			die("poll");
		lane_take(&lanes[0], delay_us);
		lane_take(&lanes[1], delay_us);
	}
}

int
main(int argc, char **argv)
{
	static struct lane lanes[2];
	char *end;

	if (argc != 3) {
		fputs("usage: delay MS NETNS\n", stderr);
		return 2;
	}
	double delay_ms = strtod(argv[1], &end);
	if (*end != '\0' || !(delay_ms >= 0 && delay_ms <= 1000)) {
		fputs("delay: 0 to 1000 ms\n", stderr);
		return 2;
	}
	prctl(PR_SET_TIMERSLACK, 1);
	int here = device_open(0x0a630002, 0x0a630001);
	int other = open(argv[2], O_RDONLY | O_CLOEXEC);
	if (other < 0 || setns(other, CLONE_NEWNET) < 0)
		die(argv[2]);
	int there = device_open(0x0a630001, 0x0a630002);
	lanes[0] = (struct lane){.from = here, .to = there};
	lanes[1] = (struct lane){.from = there, .to = here};
	puts("ready");
	fflush(stdout);
	carry(lanes, (int64_t)(delay_ms * 1000));
}
