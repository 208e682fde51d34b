import KernelSupport

/// Who is at the other end of a socket: this program, which is one process of one
/// user (Linux, SCM_CREDENTIALS).
public enum SocketCredentials {
    /// The program's number, as signals name it.
    public static let process: Int32 = 1
}
