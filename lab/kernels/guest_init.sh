#!/bin/sh
# Process 1 of a guest kernel: mounts what a machine has, runs LAB_DIR/cmd, leaves its status in LAB_DIR/rc, powers off.
# LAB_* come from the kernel's command line. LAB_TTY: the command gets the caller's terminal. LAB_PORTS: stdout and
# stderr are virtio ports (QEMU), not consoles.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys

# In raw mode the terminal adds no carriage returns.
if [ -n "$LAB_TTY" ]; then
  exec </dev/tty0 >/dev/tty0 2>&1
elif [ -z "$LAB_PORTS" ]; then
  exec </dev/null >/dev/tty0 2>/dev/tty1
  stty -F /dev/tty0 raw -echo
  stty -F /dev/tty1 raw -echo
fi

mkdir -p /dev/pts /dev/shm /dev/net
mount -t devpts -o mode=620,ptmxmode=666 devpts /dev/pts
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/netns /run/lock /run/lab /run/modules/lib
ln -s /proc/self/fd /dev/fd
ln -s fd/0 /dev/stdin
ln -s fd/1 /dev/stdout
ln -s fd/2 /dev/stderr

# The kernel's modules lie beside it, not in /lib/modules; with this they still load by themselves.
ln -s "$LAB_MODULES" /run/modules/lib/modules
printf '#!/bin/sh\nexec /sbin/modprobe -d /run/modules "$@"\n' > /run/modules/modprobe
chmod 755 /run/modules/modprobe
echo /run/modules/modprobe > /proc/sys/kernel/modprobe

# Else the first GRE link adds gre0, gretap0 and erspan0 to every namespace.
echo 2 > /proc/sys/net/core/fb_tunnels_only_for_init_net
echo lab > /proc/sys/kernel/hostname
ip link set lo up
ulimit -n 65536

if [ -n "$LAB_PORTS" ]; then
  for port in /sys/class/virtio-ports/*; do
    read -r name < "$port/name"
    case $name in
      out) out=/dev/${port##*/} ;;
      err) err=/dev/${port##*/} ;;
    esac
  done
  exec </dev/null >"$out" 2>"$err"
fi

if [ -n "$LAB_TTY" ]; then setsid -w -c sh "$LAB_DIR/cmd"; else sh "$LAB_DIR/cmd"; fi
echo $? > "$LAB_DIR/rc.new" && mv "$LAB_DIR/rc.new" "$LAB_DIR/rc"
sync
echo o > /proc/sysrq-trigger
# Process 1 must not end: that is a panic.
while :; do sleep 1; done
