import ArgumentParser
import Foundation

/// `hermit new`.
struct New: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes a folder with a small program in it, in Swift or in C.",
        discussion: """
            `hermit run NAME` builds and boots it; the folder's README.md says what is in it. A folder \
            that exists is left alone.
            """)

    enum Language: EnumerableFlag {
        case swift
        case c

        static func help(for value: Language) -> ArgumentHelp? {
            switch value {
            case .swift: "A Swift package that uses the library Hermit."
            case .c: "A program in C."
            }
        }
    }

    @Flag(exclusivity: .exclusive) var language: Language

    @Argument(help: "The folder to make; its last part is the program's name: letters, digits, - and _.")
    var name: String

    func validate() throws { _ = try NewProgram(folder: name, language: language, package: "") }

    mutating func run() async throws {
        let project = try Project.find()
        let program = try NewProgram(folder: name, language: language, package: project.swiftPackage)
        try program.write()
        Terminal.say("\(name) is there; boot it: hermit run \(Quoting.shell(name))")
    }
}

/// A program to begin with.
struct NewProgram {
    let folder: String
    let language: New.Language
    /// The Swift package with the library Hermit.
    let package: String

    /// Names that a module of the library or of Swift has.
    private static let taken = ["hermit", "chermit", "chermitstart", "swift", "builtin"]
    private static let longestName = 64

    var name: String { URL(fileURLWithPath: folder).lastPathComponent }

    /// - Throws: A `ValidationError` where the folder's name is no program's.
    init(folder: String, language: New.Language, package: String) throws {
        self.folder = folder
        self.language = language
        self.package = package
        guard !folder.isEmpty, !folder.hasSuffix("/"), name.wholeMatch(of: /[A-Za-z][A-Za-z0-9_-]*/) != nil else {
            throw ValidationError(
                "'\(folder)': a program's name begins with a letter and has letters, digits, - and _ only")
        }
        guard name.utf8.count <= Self.longestName else {
            throw ValidationError("'\(folder)': a program's name has at most \(Self.longestName) letters")
        }
        guard language == .c || !Self.taken.contains(name.lowercased()) else {
            throw ValidationError("'\(name)': a module of that name is part of every program in Swift")
        }
    }

    /// Makes the folder, whole or not at all.
    func write() throws {
        let files = FileManager.default
        guard (try? files.attributesOfItem(atPath: folder)) == nil else {
            throw ToolError("\(folder): is there already; nothing was changed")
        }
        let parent = URL(fileURLWithPath: folder).deletingLastPathComponent().path
        var isFolder: ObjCBool = false
        guard unsafe files.fileExists(atPath: parent, isDirectory: &isFolder), isFolder.boolValue else {
            throw ToolError("\(parent): there is no such folder to make \(name) in")
        }
        do {
            try files.createDirectory(atPath: folder, withIntermediateDirectories: false)
        } catch {
            throw ToolError("\(folder): can't be made: \(error.localizedDescription)")
        }
        do {
            for (path, text) in contents {
                let place = folder + "/" + path
                try files.createDirectory(
                    atPath: URL(fileURLWithPath: place).deletingLastPathComponent().path,
                    withIntermediateDirectories: true)
                try text.write(toFile: place, atomically: true, encoding: .utf8)
            }
        } catch {
            try? files.removeItem(atPath: folder)
            throw ToolError("\(folder): can't be written: \(error.localizedDescription)")
        }
    }

    /// What is written, by its place in the folder.
    var contents: [(path: String, text: String)] {
        switch language {
        case .swift:
            [
                ("Package.swift", manifest), ("Sources/\(name)/main.swift", swiftSource),
                ("README.md", swiftReadme), (".gitignore", "/.build\n"),
            ]
        case .c: [("main.c", cSource), ("README.md", cReadme)]
        }
    }

    private var manifest: String {
        """
        // swift-tools-version: 6.2
        import PackageDescription

        let package = Package(
            name: "\(name)",
            platforms: [.macOS(.v15)],
            // The library Hermit: on another machine it may be elsewhere.
            dependencies: [.package(name: "hermit", path: \(Quoting.swift(package)))],
            targets: [
                .executableTarget(
                    name: "\(name)", dependencies: [.product(name: "Hermit", package: "hermit")])
            ],
            swiftLanguageModes: [.v6]
        )

        """
    }

    private var swiftSource: String {
        """
        // The program is all that runs in its machine, which ends when this file does.
        import Hermit

        print("Hello from \(name)!")
        for argument in CommandLine.arguments.dropFirst() {
            print(argument)
        }

        """
    }

    private var cSource: String {
        """
        /* The program is all that runs in its machine, which ends with main. */
        #include <stdio.h>

        int main(int argc, char **argv)
        {
        \tprintf("Hello from \(name)!\\n");
        \tfor (int i = 1; i < argc; i++)
        \t\tprintf("%s\\n", argv[i]);
        \treturn 0;
        }

        """
    }

    private var swiftReadme: String {
        """
        # \(name)

        A program that boots alone in a virtual machine, with Hermit for Swift.

        | file | what |
        |---|---|
        | `Package.swift` | the package: one executable, which uses the library Hermit |
        | `Sources/\(name)/main.swift` | where the program begins |

        ```
        hermit run .                        builds and boots it
        hermit run . -- one "two words"     with arguments
        hermit build . -o \(name).image      builds the image only; hermit run \(name).image boots it
        ```

        The code is Embedded Swift: no Foundation, no `Codable`, no reflection. What there is for
        files, threads, time and the network is the library's, beside Swift's own. `hermit run --help`
        lists what the machine may have: memory, processors, files, a network.

        """
    }

    private var cReadme: String {
        """
        # \(name)

        A program that boots alone in a virtual machine, with Hermit for Swift.

        | file | what |
        |---|---|
        | `main.c` | where the program begins; all files of C, C++ and assembly in this folder belong to it |

        ```
        hermit run .                        builds and boots it
        hermit run . -- one "two words"     with arguments
        hermit build . -o \(name).image      builds the image only; hermit run \(name).image boots it
        ```

        ISO C and much of POSIX are there: files, threads, signals, sockets. There is one process.
        With another build system the compiler is `$(hermit sysroot)/bin/x86_64-hermit-cc`.
        `hermit run --help` lists what the machine may have: memory, processors, files, a network.

        """
    }
}
