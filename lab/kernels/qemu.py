"""QEMU without hardware acceleration: for machines where ptrace is forbidden, and for builds with sanitizers.

Boots in 3 s and runs code several times slower than User-Mode Linux. Its kernel and the shell of its first seconds are
Debian's, downloaded once into build/lab/qemu and only unpacked, not installed. /dev/kvm is left alone on purpose: some
machines have one that opens and then does not work.
"""

import io
import lzma
import pathlib
import re
import shutil
import subprocess

from lab.kernels.base import Guest, Job, install_init

QEMU = "qemu-system-x86_64"
FOLDER = pathlib.Path("build/lab/qemu")
MEMORY_MIB = 1024
# What the kernel needs before it sees the host's files.
EARLY_MODULES = ("virtio_pci", "virtio_console", "virtio_rng", "9pnet_virtio", "9p")
EARLY_INIT = """\
#!/busybox sh
while read -r module; do /busybox insmod "$module"; done < /modules
/busybox mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=loose,posixacl root /root
/busybox mount -t devtmpfs devtmpfs /root/dev
exec /busybox switch_root /root "$LAB_INIT"
"""


class Qemu(Guest):
    name = "qemu"
    slowness = 6

    def missing(self, needs: str) -> str | None:
        if shutil.which(QEMU) is None:
            return "not installed (apt-get install qemu-system-x86)"
        if not (FOLDER / "initrd").exists() and shutil.which("apt-get") is None:
            return "its kernel comes from Debian, and there is no apt-get"
        return None

    def argv(self, job: Job, console: list[int]) -> tuple[list[str], dict[str, str]]:
        if job.tty:
            raise SystemExit("Error: no terminal in QEMU's guest\nTry: DZ_LAB_KERNEL=uml ./dz lab shell")
        out, err, _ = console
        prepare()
        install_init(job.control)
        kernel_words = (f"console=ttyS0 quiet loglevel=4 panic=-1 tsc=reliable no_timer_check mitigations=off nokaslr "
                        f"LAB_DIR={job.control} LAB_INIT={job.control}/init LAB_MODULES={FOLDER.resolve()}/root/lib/modules "
                        "LAB_PORTS=1")
        argv = [
            # q35 and not microvm, which now and then hangs at boot. Not pinned to a CPU: that makes it three times slower.
            QEMU, "-M", "q35", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", str(MEMORY_MIB),
            "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-monitor", "none",
            "-kernel", f"{FOLDER}/vmlinux", "-initrd", f"{FOLDER}/initrd", "-append", kernel_words,
            "-fsdev", "local,id=root,path=/,security_model=none,multidevs=remap", "-device", "virtio-9p-pci,fsdev=root,mount_tag=root",
            "-device", "virtio-rng-pci", "-serial", f"file:{job.control}/kernel.log",
            # Files on descriptors: a port on stdio blocks for ever once stdin has ended.
            "-device", "virtio-serial-pci",
            "-add-fd", f"fd={out},set=1", "-chardev", "file,id=out,path=/dev/fdset/1,append=on",
            "-device", "virtserialport,chardev=out,name=out",
            "-add-fd", f"fd={err},set=2", "-chardev", "file,id=err,path=/dev/fdset/2,append=on",
            "-device", "virtserialport,chardev=err,name=err",
        ]
        return argv, {}


def prepare() -> None:
    """Downloads and unpacks the kernel; once."""
    if (FOLDER / "initrd").exists():
        return
    print("-- downloading Debian's kernel for QEMU (70 MB, once)", flush=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    depends = subprocess.run(["apt-cache", "depends", "linux-image-amd64"], capture_output=True, text=True, check=True).stdout
    package = re.search(r"Depends: (linux-image-\d\S+)", depends)[1]
    version = package.removeprefix("linux-image-")
    root = FOLDER / "root"
    for name in (package, "busybox-static"):
        subprocess.run(["apt-get", "download", "-qq", name], cwd=FOLDER, check=True)
        deb = next(FOLDER.glob(f"{name}_*.deb"))
        subprocess.run(["dpkg", "-x", deb, root], check=True)
        deb.unlink()
    subprocess.run(["/sbin/depmod", "-b", root, version], check=True)
    (FOLDER / "vmlinux").write_bytes(unpacked_kernel((root / f"boot/vmlinuz-{version}").read_bytes()))
    # Last: its presence says that all is there.
    (FOLDER / "initrd.new").write_bytes(initrd(root, early_modules(root, version)))
    (FOLDER / "initrd.new").rename(FOLDER / "initrd")


def unpacked_kernel(image: bytes) -> bytes:
    """The ELF kernel inside a vmlinuz: QEMU starts it 2 s sooner than the compressed one."""
    for match in re.finditer(b"\xfd7zXZ\0", image):
        try:
            kernel = lzma.LZMADecompressor().decompress(image[match.start():])
        except lzma.LZMAError:
            continue
        if kernel.startswith(b"\x7fELF"):
            return kernel
    raise SystemExit("Error: found no kernel inside Debian's vmlinuz; it may be packed with another method now")


def early_modules(root: pathlib.Path, version: str) -> list[pathlib.Path]:
    """The files of EARLY_MODULES and of what they depend on, in the order to load them."""
    files: dict[str, None] = {}
    for name in EARLY_MODULES:
        shown = subprocess.run(["/sbin/modprobe", "-d", root, "-S", version, "--show-depends", name],
                               capture_output=True, text=True, check=True).stdout
        files |= dict.fromkeys(re.findall(r"^insmod (\S+)", shown, re.M))
    return [pathlib.Path(file) for file in files]


def initrd(root: pathlib.Path, modules: list[pathlib.Path]) -> bytes:
    archive = Cpio()
    for folder in ("root", "dev"):
        archive.add(folder, 0o040755)
    archive.add("busybox", 0o100755, next(root.glob("**/bin/busybox")).read_bytes())
    archive.add("init", 0o100755, EARLY_INIT.encode())
    for module in modules:
        archive.add(module.name, 0o100644, module.read_bytes())
    archive.add("modules", 0o100644, "".join(f"/{module.name}\n" for module in modules).encode())
    return archive.bytes()


class Cpio:
    """An archive in the format that kernels unpack ("newc")."""

    def __init__(self):
        self._out = io.BytesIO()
        self._number = 0

    def add(self, name: str, mode: int, content: bytes = b"") -> None:
        self._number += 1
        fields = (self._number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0)
        self._write(b"070701" + "".join(f"{field:08x}" for field in fields).encode() + name.encode() + b"\0")
        self._write(content)

    def _write(self, data: bytes) -> None:
        self._out.write(data + bytes(-(self._out.tell() + len(data)) % 4))

    def bytes(self) -> bytes:
        self.add("TRAILER!!!", 0)
        return self._out.getvalue()
