import KernelSupport

/// A request that every server takes at once and none answers: to forget nothing of the
/// root. That it has come back shows that somebody is there.
public enum FuseQuestion {
    public static var argumentsSize: Int { 8 }

    public static func writeHeader(to bytes: inout MutableRawSpan) {
        FuseRequestHeader.write(
            .forget, unique: 1, node: FuseNodes.rootIdentity,
            count: FuseRequestHeader.size + argumentsSize, to: &bytes)
    }

    public static func writeArguments(to bytes: inout MutableRawSpan) { _ = bytes.store(UInt64(0), at: 0) }
}
