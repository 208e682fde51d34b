import KernelSupport

/// What is known of files whose bytes are gathered, and of what has gone wrong with them.
extension FuseNodes {
    /// Bytes are gathered for a file from now on.
    mutating func gather(_ inode: Inode) {
        if update(inode, { $0.isGathered = true }) { gathered += 1 }
    }

    /// They were sent; what has gone wrong.
    mutating func sent(_ inode: Inode, _ failure: Errno?) {
        gathered -= 1
        update(inode) { file in
            file.isGathered = false
            file.expiry = 0
            file.changes &+= 1
            guard let failure else { return }
            file.sizeExpiry = 0
            file.failure = failure.rawValue
            file.isTold = false
        }
    }

    /// What has gone wrong with what was written to a file, which is told then.
    ///
    /// - Parameter isNew: Only where nobody was told.
    mutating func failure(of inode: Inode, ifNew isNew: Bool) -> Errno? {
        var failure: Errno? = nil
        update(inode) { file in
            guard file.failure != 0, !isNew || !file.isTold else { return }
            failure = Errno(rawValue: file.failure)
            file.isTold = true
            // Nobody else has it open.
            if file.opens <= 1 { file.failure = 0 }
        }
        return failure
    }
}
