import Foundation
import LoaderCore

/// What gdb is told to know a guest's functions and lines.
///
/// The image lies somewhere else at every boot. The loader, which never moves,
/// holds the address of the image's entry in a register when it jumps there:
/// the script lets the guest run so far, and tells gdb where the symbols are.
struct DebuggerScript {
    /// The image with its symbols, by its full path.
    let image: String
    /// The image's entry as it was linked.
    let entry: UInt64
    /// `loader_jump` of the loader's entry.S, where RDI is the entry's address.
    let jump: UInt64
    let port: UInt16

    /// - Throws: A `ToolError` where the loader's symbols are not there.
    init(image: String, sysroot: Sysroot, loader: LoaderKind, port: UInt16) async throws {
        self.image = URL(fileURLWithPath: image).standardizedFileURL.path
        self.port = port
        guard let data = FileManager.default.contents(atPath: image),
            let layout = try? ImageLayout(data.bytes)
        else { throw ToolError("\(image): can't be read") }
        entry = layout.linkedAddress + layout.entry
        let listing = try await sysroot.programs.run(
            "llvm-nm", ["--format=posix", sysroot.linkedLoader(loader)])
        guard let jump = Self.address(of: "loader_jump", in: listing) else {
            throw ToolError("the loader has no loader_jump")
        }
        self.jump = jump
    }

    init(image: String, entry: UInt64, jump: UInt64, port: UInt16) {
        (self.image, self.entry, self.jump, self.port) = (image, entry, jump, port)
    }

    /// A symbol's address in what `llvm-nm --format=posix` prints.
    static func address(of symbol: String, in listing: String) -> UInt64? {
        for line in listing.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count >= 3, words[0] == symbol { return UInt64(words[2], radix: 16) }
        }
        return nil
    }

    var text: String {
        func hexadecimal(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }
        // gdb reads the name as a shell's word, after it was a format.
        let name = Quoting.shell(image).replacing("%", with: "%%").replacing("\\", with: "\\\\")
            .replacing("\"", with: "\\\"")
        return """
            # gdb -x THIS-FILE, while hermit run --gdb waits.
            target remote 127.0.0.1:\(port)
            # The loader is about to jump to the image's entry.
            thbreak *\(hexadecimal(jump))
            continue
            set confirm off
            eval "add-symbol-file \(name) -o 0x%lx", $rdi - \(hexadecimal(entry))
            set confirm on

            # In the kernel the stack pointer is in the upper half, and the
            # gate's frame the first one below: where it leads to is shown as if
            # the processor were there.
            define hermit-backtrace
              select-frame level 0
              backtrace
              if (long) $rsp < 0
                set $hermit_pc = $pc
                set $hermit_rsp = $rsp
                set $hermit_rbp = $rbp
                set $hermit_frame = (long) $rbp
                while $hermit_frame < 0
                  set $hermit_frame = *(long *) $hermit_frame
                end
                if $hermit_frame == 0
                  echo The kernel was not called: no program's function led there.\\n
                else
                  echo called by:\\n
                  set $pc = *(long *) ($hermit_frame + 8)
                  set $rsp = $hermit_frame + 16
                  set $rbp = *(long *) $hermit_frame
                  backtrace
                  set $rbp = $hermit_rbp
                  set $rsp = $hermit_rsp
                  set $pc = $hermit_pc
                end
              end
            end
            document hermit-backtrace
            Shows the functions that led here, from the kernel through the gate to the program's.
            end

            """
    }

    /// Writes the script below the project's build folder; its path.
    func write(_ project: Project) throws -> String {
        let folder = project.build + "/gdb"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        let path = "\(folder)/port-\(port).gdb"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }
}
