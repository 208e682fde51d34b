return ... .. " part"
