import Foundation
import Glibc

/// What is booted of an image that the tool has built: the same without
/// symbols and debugging information, which the guest would only carry.
struct BootCopy {
    let programs: Programs
    /// The image with everything in it.
    let image: String

    /// Makes the copy where it is out of date; its path.
    func make() async throws -> String {
        let copy = image + ".boot"
        let stamp = copy + ".stamp"
        var inputs = Fingerprint()
        inputs.add("boot 1")
        inputs.add(path: image)
        if inputs.matches(stamp: stamp) && FileManager.default.fileExists(atPath: copy) {
            return copy
        }
        try? FileManager.default.removeItem(atPath: stamp)
        let new = "\(copy).\(getpid())"
        try await programs.run("llvm-objcopy", ["--strip-all", image, new])
        try ImageFile.markAsHermit(new)
        guard unsafe rename(new, copy) == 0 else { throw ToolError("\(copy): can't be written") }
        try inputs.write(stamp: stamp)
        return copy
    }
}
