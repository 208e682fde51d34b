import KernelMachine
import KernelSupport

/// The host's wish that the machine ends. The scheduler's lock guards the button.
public enum PowerRequest {
    /// Whether there was one since the last question.
    ///
    /// - Throws: `EOPNOTSUPP` where the machine has no button that is known;
    ///   `ENOSYS` and `EAGAIN` where there can be no scheduler.
    public static func take() throws(Errno) -> Bool {
        try Tasks.start()
        let flags = Runtime.enter()
        let isPressed = PowerButton.takePress()
        Runtime.leave(flags)
        guard let isPressed else { throw .notSupported }
        return isPressed
    }
}
