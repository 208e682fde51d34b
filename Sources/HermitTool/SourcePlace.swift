/// One function at an address, as the image's debugging information or its
/// symbols tell.
public struct SourcePlace: Equatable, Sendable {
    /// As a programmer wrote it; empty when it is not known.
    public var function = ""
    /// It belongs to the kernel.
    public var isKernel = false
    public var file = ""
    /// From 1; 0 when it is not known.
    public var line = 0
    public var column = 0
    /// Bytes from the function's start; where there is no line.
    public var distance: UInt64? = nil

    public init() {}

    /// What Swift calls the function that a failed check is in.
    static let failurePrefix = "Swift runtime failure: "

    /// The message of a failed check of Swift's own.
    public var failure: String? {
        function.hasPrefix(Self.failurePrefix) ? function : nil
    }

    /// In words.
    ///
    /// - Parameter folder: Files below it are told from there.
    public func description(from folder: String) -> String {
        var text = (isKernel ? "kernel: " : "") + (function.isEmpty ? "?" : function)
        if line > 0 {
            text += " at \(Self.shorten(file, from: folder)):\(line)"
            if column > 0 { text += ":\(column)" }
        } else if let distance {
            text += " + \(distance)"
        }
        return text
    }

    private static func shorten(_ file: String, from folder: String) -> String {
        let prefix = folder.hasSuffix("/") ? folder : folder + "/"
        let path = normalise(file)
        return path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : path
    }

    /// Without `.` and `..`; links are not followed.
    static func normalise(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == "..", let last = parts.last, last != ".." {
                parts.removeLast()
            } else {
                parts.append(part)
            }
        }
        return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
    }
}
