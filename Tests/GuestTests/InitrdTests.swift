import Foundation
import TestSupport
import Testing

/// Files that come with the image: `hermit run --initrd` and `hermit pack`.
@Suite(.serialized, .prepared, .timeLimit(.minutes(15)))
struct InitrdTests {
    private static let program = """
        #define _GNU_SOURCE
        #include <ftw.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/stat.h>
        #include <unistd.h>

        static char lines[64][600];
        static int count;

        static int tell(const char *path, const struct stat *known, int kind, struct FTW *place)
        {
            (void)kind;
            (void)place;
            if (strncmp(path, "/dev", 4) && strncmp(path, "/proc", 5) && count < 64)
                snprintf(lines[count++], sizeof lines[0], "%s %o %ld %lu %ld.%09ld", path,
                         (unsigned)known->st_mode, S_ISDIR(known->st_mode) ? 0 : (long)known->st_size,
                         S_ISDIR(known->st_mode) ? 0 : (unsigned long)known->st_nlink,
                         S_ISREG(known->st_mode) ? (long)known->st_mtim.tv_sec : 0,
                         S_ISREG(known->st_mode) ? known->st_mtim.tv_nsec : 0);
            return 0;
        }

        static int compare(const void *a, const void *b) { return strcmp(a, b); }

        int main(int argc, char **argv)
        {
            char line[100];
            FILE *file;

            for (int i = 0; i < argc; i++)
                printf("argument %s\\n", argv[i]);
            printf("X is %s\\n", getenv("X") ? getenv("X") : "not there");
            nftw("/", tell, 5, FTW_PHYS);
            qsort(lines, count, sizeof lines[0], compare);
            for (int i = 0; i < count; i++)
                printf("%s\\n", lines[i]);
            file = fopen("/sub/link", "r+");
            if (!file || !fgets(line, sizeof line, file))
                return 1;
            printf("%s", line);
            /* What is written is the machine's own. */
            rewind(file);
            fputs("Hello", file);
            rewind(file);
            if (!fgets(line, sizeof line, file))
                return 2;
            printf("%s", line);
            fclose(file);
            printf("unlink: %d\\n", unlink("/sub/big"));
            return 7;
        }

        """

    /// A folder of all kinds of files, with one time.
    private func makeFiles(_ folder: TemporaryFolder) async throws -> String {
        let long = String(repeating: "n", count: 200)
        let script = """
            set -e
            umask 022
            mkdir -p files/sub/deep files/tmp
            printf 'hello\\nthere\\n' > files/plain
            ln -s ../plain files/sub/link
            ln files/plain files/hard
            head -c 100000 /dev/zero > files/sub/big
            echo long > files/sub/deep/\(long)
            printf x > "files/odd name"
            chmod 4710 "files/odd name"
            mkfifo files/pipe
            find files -type f -exec touch -d @1000000000.5 {} +
            """
        let made = try await Hermit.command("/bin/sh", ["-c", script], in: folder.path)
        try #require(made.status == 0, "\(made.errors)")
        return folder.path + "/files"
    }

    private static let listing = """
        / 40755 0 0 0.000000000
        /hard 100644 12 2 1000000000.500000000
        /odd name 104710 1 1 1000000000.500000000
        /plain 100644 12 2 1000000000.500000000
        /sub 40755 0 0 0.000000000
        /sub/big 100644 100000 1 1000000000.500000000
        /sub/deep 40755 0 0 0.000000000
        /sub/deep/\(String(repeating: "n", count: 200)) 100644 5 1 1000000000.500000000
        /sub/link 120777 8 1 0.000000000
        /tmp 40755 0 0 0.000000000
        hello
        Hello
        unlink: 0

        """

    @Test(arguments: [("q35", "pvh"), ("microvm", "pvh"), ("q35", "multiboot")])
    func aFolderIsTheGuestsRoot(machine: String, loader: String) async throws {
        let folder = try TemporaryFolder()
        let files = try await makeFiles(folder)
        let source = try folder.write("program.c", Self.program)
        let result = try await Hermit.run([
            "run", "--timeout", "120", "--machine", machine, "--loader", loader, "--initrd", files,
            "--env", "X=a b", source, "--", "one two", "three",
        ])
        #expect(result.status == 7, "\(result.errors)")
        #expect(
            result.text == """
                argument program
                argument one two
                argument three
                X is a b

                """ + Self.listing)
        #expect(result.errors.contains("/pipe: left out"))
    }

    @Test func aPackedProgramBoots() async throws {
        let folder = try TemporaryFolder()
        let files = try await makeFiles(folder)
        let source = try folder.write("program.c", Self.program)
        let image = folder.path + "/packed"
        let packed = try await Hermit.run([
            "pack", "--initrd", files, "--env", "X=\"q\" \\ é", "--memory", "64M", "-o", image, source,
            "--", "one two", "", "back\\slash",
        ])
        #expect(packed.status == 0, "\(packed.errors)")
        let expected = """
            argument program
            argument one two
            argument \u{20}
            argument back\\slash
            X is "q" \\ é

            """.replacing("argument \u{20}\n", with: "argument \n")
        let result = try await Hermit.run(["run", "--timeout", "120", "--memory", "64M", image])
        #expect(result.status == 7, "\(result.errors)")
        #expect(result.text == expected + Self.listing)

        // More arguments come behind.
        let more = try await Hermit.run(["run", "--timeout", "120", image, "--", "last"])
        #expect(more.text.contains("argument back\\slash\nargument last\n"))

        // The line that was printed boots it, too: everything is on one channel then.
        let line = packed.text.trimmingCharacters(in: .newlines)
        #expect(!line.contains("\n") && line.contains(image))
        let booted = try await Hermit.command(
            "/usr/bin/timeout", ["120", "/bin/sh", "-c", line], in: folder.path)
        #expect(booted.text.replacing("\r\n", with: "\n").contains(expected + Self.listing))

        let tooSmall = try await Hermit.run(["run", "--timeout", "120", "--memory", "32M", image])
        #expect(tooSmall.status == 1 || tooSmall.status == 125)
        #expect(tooSmall.errors.contains("too little memory"), "\(tooSmall.errors)")
        let again = try await Hermit.run(["run", "--initrd", files, image])
        #expect(again.status == 1 && again.errors.contains("has files of its own"))
    }

    /// A packed program's fault is told as that of one that was not packed; and with
    /// another program's symbols, as one without.
    @Test func aPackedProgramsFaultIsToldWithNames() async throws {
        let folder = try TemporaryFolder()
        let image = folder.path + "/packed"
        let packed = try await Hermit.run(["pack", "-o", image, "examples-c/faults", "--", "null"])
        #expect(packed.status == 0, "\(packed.errors)")
        let plain = try await Hermit.run(["run", "--timeout", "60", "examples-c/faults", "--", "null"])
        let result = try await Hermit.run(["run", "--timeout", "60", image])
        #expect(result.status == 139 && plain.status == 139, "\(result.errors)")
        let names = Self.frames(result.errors)
        #expect(names.contains { $0.contains("#0 read_null at examples-c/faults/main.c:") }, "\(names)")
        #expect(names == Self.frames(plain.errors))

        let other = try await Hermit.run(["pack", "-o", folder.path + "/other", "examples-c/hello_world"])
        #expect(other.status == 0, "\(other.errors)")
        try FileManager.default.removeItem(atPath: image + ".debug")
        try FileManager.default.copyItem(atPath: folder.path + "/other.debug", toPath: image + ".debug")
        let foreign = try await Hermit.run(["run", "--timeout", "60", image])
        #expect(foreign.status == 139)
        #expect(foreign.errors.contains("#0") && !foreign.errors.contains("read_null"), "\(foreign.errors)")
    }

    /// The lines of functions, without the addresses, which differ from boot to boot.
    private static func frames(_ errors: String) -> [String] {
        errors.split(separator: "\n").filter { $0.contains("#") }
            .map { String($0).replacing(/0x[0-9a-f]+/, with: "") }
    }

    @Test func whatCannotBePackedIsSaid() async throws {
        let folder = try TemporaryFolder()
        let output = folder.path + "/out"
        for (words, message) in [
            (["--initrd", folder.path + "/nowhere"], "there is no such folder"),
            (["--initrd", "/etc/passwd"], "not a folder"),
        ] {
            let result = try await Hermit.run(
                ["pack", "-o", output] + words + ["examples-c/hello_world"])
            #expect(result.status == 1)
            #expect(result.errors.contains(message), "\(result.errors)")
            #expect(!FileManager.default.fileExists(atPath: output))
        }
        let damaged = try folder.write("damaged", String(repeating: "x", count: 4000))
        let result = try await Hermit.run(["run", damaged])
        #expect(result.status == 1)
    }

    /// A program that uses no files boots with some, and none is looked at.
    @Test func filesThatNobodyWants() async throws {
        let folder = try TemporaryFolder()
        let files = try await makeFiles(folder)
        let result = try await Hermit.run([
            "run", "--timeout", "60", "--initrd", files, "examples-c/bare",
        ])
        let plain = try await Hermit.run(["run", "--timeout", "60", "examples-c/bare"])
        #expect(result.status == plain.status && result.text == plain.text)
    }
}
