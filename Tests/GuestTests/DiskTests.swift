import Foundation
import TestSupport
import Testing

/// Disks: virtio block devices as /dev/vda and on.
@Suite(.serialized, .prepared, .timeLimit(.minutes(20)))
struct DiskTests {
    /// Bytes that say where they are.
    private static func pattern(_ count: Int, from start: Int = 0) -> [UInt8] {
        (start..<start + count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 / 251) }
    }

    private func makeDisk(_ folder: borrowing TemporaryFolder, _ name: String, _ bytes: [UInt8]) throws -> String {
        let path = folder.path + "/" + name
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    private func bytes(of path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }

    /// Reads what the host has written, and writes what the host then reads: pieces that
    /// start and end anywhere, by each of the functions.
    private static let program = """
        #include <errno.h>
        #include <fcntl.h>
        #include <stdio.h>
        #include <string.h>
        #include <sys/ioctl.h>
        #include <sys/stat.h>
        #include <sys/uio.h>
        #include <unistd.h>
        static unsigned char text[300000], back[300000];
        #define CHECK(x) do { if (!(x)) { printf("line %d, errno %d\\n", __LINE__, errno); return 1; } } while (0)
        static unsigned char at(long place) { return place * 7 + place / 251; }
        int main(void)
        {
            int fd = open("/dev/vda", O_RDWR);
            CHECK(fd >= 0);
            long size = lseek(fd, 0, SEEK_END);
            unsigned long told = 0;
            int block = 0, only = -1;
            CHECK(!ioctl(fd, 0x80081272, &told) && told == (unsigned long)size);
            CHECK(!ioctl(fd, 0x1268, &block) && !ioctl(fd, 0x125E, &only) && only == 0);
            printf("%ld bytes, blocks of %d\\n", size, block);
            struct stat status;
            CHECK(!fstat(fd, &status) && S_ISBLK(status.st_mode) && status.st_rdev == 254 << 8);
            CHECK(status.st_size == 0 && !stat("/dev/vda", &status) && S_ISBLK(status.st_mode));
            /* What the host has written. */
            CHECK(lseek(fd, 0, SEEK_SET) == 0);
            long place = 0;
            for (long piece = 1; place < size; piece = piece * 5 % 70001) {
                long count = read(fd, back, piece);
                CHECK(count == (piece < size - place ? piece : size - place));
                for (long i = 0; i < count; i++) CHECK(back[i] == at(place + i));
                place += count;
            }
            CHECK(read(fd, back, 1) == 0 && pread(fd, back, 1, size + 5000) == 0);
            CHECK(pread(fd, back, 100, size - 60) == 60);
            /* What the host will read. */
            for (long i = 0; i < (long)sizeof text; i++) text[i] = at(i) ^ 0xFF;
            place = 1;
            for (long piece = 1; place < 250000; place += piece, piece = piece * 5 % 70001) {
                if (piece > 250000 - place) piece = 250000 - place;
                CHECK(pwrite(fd, text + place, piece, place) == piece);
            }
            struct iovec parts[3] = { { text + 250000, 3 }, { text, 0 }, { text + 250003, 1997 } };
            CHECK(lseek(fd, 250000, SEEK_SET) == 250000 && writev(fd, parts, 3) == 2000);
            CHECK(lseek(fd, 0, SEEK_CUR) == 252000);
            /* The end. */
            CHECK(pwrite(fd, text, 1000, size - 10) == 10);
            CHECK(pwrite(fd, text, 1, size) == -1 && errno == ENOSPC);
            CHECK(lseek(fd, -1, SEEK_SET) == -1 && errno == EINVAL);
            CHECK(lseek(fd, 5, 3) == 5 && lseek(fd, 5, 4) == size);
            CHECK(!fsync(fd) && !fdatasync(fd));
            CHECK(pread(fd, back, 252000, 0) == 252000);
            CHECK(back[0] == at(0) && !memcmp(back + 1, text + 1, 251999));
            /* Memory that is not there. */
            CHECK(pread(fd, (void *)16, 4096, 0) == -1 && errno == EFAULT);
            CHECK(pwrite(fd, (void *)0x123456789abcdef0, 4096, 0) == -1 && errno == EFAULT);
            CHECK(pwrite(fd, NULL, 1, 0) == -1 && errno == EFAULT);
            CHECK(pread(fd, NULL, 0, 0) == 0 && ftruncate(fd, 0) == -1 && errno == EINVAL);
            CHECK(ioctl(fd, 0x1234, &told) == -1 && errno == ENOTTY);
            CHECK(ioctl(fd, 0x80081272, NULL) == -1 && errno == EFAULT);
            unsigned long range[2] = { 512, 1024 };
            int read_only = open("/dev/vda", O_RDONLY);
            CHECK(read_only >= 0 && write(read_only, text, 1) == -1 && errno == EBADF);
            CHECK(ioctl(read_only, 0x1277, range) == -1 && errno == EBADF);
            CHECK(!close(read_only));
            CHECK(open("/dev/vdb", O_RDONLY) == -1 && errno == ENOENT);
            CHECK(unlink("/dev/vda") == -1 && errno == EROFS);
            CHECK(!close(fd) && read(fd, back, 1) == -1 && errno == EBADF);
            puts("done");
            return 0;
        }

        """

    private func check(_ words: [String], size: Int, options: String = "", reachable: Int? = nil, block: Int = 512) async throws {
        let folder = try TemporaryFolder()
        let program = try folder.write("program.c", Self.program)
        let disk = try makeDisk(folder, "disk", Self.pattern(size))
        let result = try await Hermit.run(["run", "--timeout", "300", "--disk", disk] + words + [program])
        let end = reachable ?? size
        #expect(result.text == "\(end) bytes, blocks of \(block)\ndone\n", "\(result.errors)")
        #expect(result.status == 0)
        var expected = Self.pattern(size)
        for place in 1..<252000 { expected[place] ^= 0xFF }
        for place in 0..<10 { expected[end - 10 + place] = expected[0 + place] ^ (place == 0 ? 0xFF : 0) }
        #expect(try bytes(of: disk) == expected)
    }

    @Test(arguments: VirtioTests.Variant.all)
    func whatOneSideWritesTheOtherReads(_ variant: VirtioTests.Variant) async throws {
        try await check(variant.words, size: 4 << 20 | 512)
    }

    /// Four tasks on four cores write strips that share blocks with each other's; then one
    /// reads so often that a wait that no interrupt ended would take minutes in all.
    @Test(arguments: ["q35", "microvm"], ["packed=off", "packed=on"])
    func tasksShareBlocks(machine: String, options: String) async throws {
        let folder = try TemporaryFolder()
        let program = try folder.write(
            "program.c",
            """
            #include <fcntl.h>
            #include <pthread.h>
            #include <stdio.h>
            #include <string.h>
            #include <unistd.h>
            static int fd, failed;
            static unsigned char all[200000];
            static void *strips(void *argument)
            {
                long self = (long)argument;
                unsigned char strip[100];
                for (long i = 0; i < 500; i++) {
                    memset(strip, (int)(self * 61 + i), sizeof strip);
                    if (pwrite(fd, strip, sizeof strip, (i * 4 + self) * 100) != sizeof strip) failed = 1;
                }
                return NULL;
            }
            int main(void)
            {
                fd = open("/dev/vda", O_RDWR);
                if (fd < 0) return 1;
                pthread_t threads[4];
                for (long i = 0; i < 4; i++) pthread_create(&threads[i], NULL, strips, (void *)i);
                for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
                if (failed || fsync(fd)) return 2;
                if (pread(fd, all, sizeof all, 0) != sizeof all) return 3;
                for (long i = 0; i < (long)sizeof all; i++)
                    if (all[i] != (unsigned char)(i / 100 % 4 * 61 + i / 400)) return 4;
                for (int i = 0; i < 2000; i++)
                    if (pread(fd, all, 512, (long)i * 512) != 512) return 5;
                return 0;
            }

            """)
        let disk = try makeDisk(folder, "disk", [UInt8](repeating: 0, count: 2 << 20))
        let result = try await Hermit.run([
            "run", "--timeout", "300", "--cpus", "4", "--machine", machine, "--virtio", options, "--disk", disk, program,
        ])
        #expect(result.status == 0, "\(result.text)\(result.errors)")
        let written = try bytes(of: disk)
        #expect((0..<200_000).allSatisfy { written[$0] == UInt8(truncatingIfNeeded: $0 / 100 % 4 * 61 + $0 / 400) })
    }

    /// Several disks, of which one can only be read.
    @Test(arguments: ["q35", "microvm"])
    func disksComeInOrder(machine: String) async throws {
        let folder = try TemporaryFolder()
        let program = try folder.write(
            "program.c",
            """
            #include <dirent.h>
            #include <errno.h>
            #include <fcntl.h>
            #include <stdio.h>
            #include <string.h>
            #include <unistd.h>
            int main(void)
            {
                DIR *folder = opendir("/dev");
                int disks = 0;
                for (struct dirent *entry; (entry = readdir(folder));) disks += !strncmp(entry->d_name, "vd", 2);
                printf("%d\\n", disks);
                char text[9] = "";
                int first = open("/dev/vda", O_RDWR), second = open("/dev/vdb", O_RDONLY);
                if (read(first, text, 8) != 8) return 1;
                puts(text);
                if (read(second, text, 8) != 8) return 2;
                puts(text);
                if (open("/dev/vdb", O_RDWR) != -1 || errno != EROFS) return 3;
                if (pwrite(first, "written!", 8, 512) != 8) return 4;
                sync();
                return 0;
            }

            """)
        let first = try makeDisk(folder, "first", Array("the first disk..".utf8) + [UInt8](repeating: 0, count: 1008))
        let second = try makeDisk(folder, "second", Array("another one.....".utf8) + [UInt8](repeating: 0, count: 496))
        let result = try await Hermit.run([
            "run", "--timeout", "120", "--machine", machine, "--disk", first, "--disk", second + ":ro", program,
        ])
        #expect(result.text == "2\nthe firs\nanother \n" && result.status == 0, "\(result.text)\(result.errors)")
        #expect(try Array(bytes(of: first)[512..<520]) == Array("written!".utf8))
    }

    @Test func theToolNamesWhatIsNoDisk() async throws {
        let folder = try TemporaryFolder()
        let program = try folder.write("program.c", "int main(void) { return 0; }\n")
        for (words, message) in [
            (["--disk", folder.path + "/none"], "there is no such file for a disk"),
            (["--disk", folder.path], "there is no such file for a disk"),
        ] {
            let result = try await Hermit.run(["run"] + words + [program])
            #expect(result.status == 1 && result.errors.contains(message), "\(result.errors)")
        }
    }

    /// A program without disks has no driver of theirs.
    @Test func whoOpensNoFileHasNoDriver() async throws {
        let folder = try TemporaryFolder()
        let image = folder.path + "/program"
        let built = try await Hermit.run(["build", "examples-c/hello_world", "-o", image])
        #expect(built.status == 0, "\(built.errors)")
        let names = try await Hermit.command(Tools.path("llvm-nm"), ["--format=just-symbols", image])
        #expect(names.status == 0 && !names.text.contains("KernelDisk") && !names.text.contains("KernelVirtio"))
    }
}
